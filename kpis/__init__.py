"""One KPI a file; the file's name is its slug."""
