// Sets light or dark before anything is drawn; a classic script, so that the page never flashes.
document.documentElement.dataset.theme = (() => {
  try {
    return localStorage.getItem("practice.theme") ?? "system";
  } catch {
    return "system";
  }
})();
