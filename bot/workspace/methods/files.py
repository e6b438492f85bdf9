"""The external upload flow of the Web API: ask for an address, send the bytes there, complete the upload."""

import mimetypes
import secrets
from pathlib import PurePath

from bot.workspace.call import Call, Method
from bot.workspace.content import Content, read_content
from bot.workspace.feed import Payload
from bot.workspace.message import Conversation
from bot.workspace.methods.chat import destination, refuse_posting
from bot.workspace.posting import message_event
from bot.workspace.refusal import ApiError
from bot.workspace.state import StoredFile


def files_get_upload_url_external(call: Call) -> Payload:
    """Return where to send the bytes; the address is this server's own, and needs no token."""
    name = call.args.need("filename")
    length = call.args.number("length", 0)
    if length <= 0:
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: length"])
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    stored = StoredFile(
        call.workspace.new_id("F"), name, length, secrets.token_hex(12), mimetype=kind
    )
    call.workspace.files[stored.id] = stored
    address = f"{call.parts.base_url}/upload/{stored.id}/{stored.secret}"
    return {"upload_url": address, "file_id": stored.id}


def files_complete_upload_external(call: Call) -> Payload:
    """Make uploads real and share them; an upload is completed once."""
    asked = call.args.listed("files")
    if not asked or not all(isinstance(item, dict) for item in asked):
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: files"])
    stored = [_uploaded(call, str(item.get("id", ""))) for item in asked]
    places = _places(call)
    content = read_content(_comment(call), call.parts.chaos)
    for one, item in zip(stored, asked, strict=True):
        one.title, one.is_complete = str(item.get("title") or one.name), True
    for place in places:
        _share(call, place, stored, content)
    return {"files": [file_payload(call, one) for one in stored]}


def files_info(call: Call) -> Payload:
    """Return one file and where it was shared."""
    stored = call.workspace.files.get(call.args.need("file"))
    if stored is None or not stored.is_complete:
        raise ApiError("file_not_found")
    return {"file": file_payload(call, stored)}


def files_delete(call: Call) -> Payload:
    """Take a file away from everywhere; a message that was nothing else goes with it."""
    file = call.args.need("file")
    stored = call.workspace.files.get(file)
    if stored is None or not stored.is_complete:
        raise ApiError("file_not_found")
    del call.workspace.files[file]
    for channel, stamps in stored.shares.items():
        found = map(call.workspace.conversations[channel].find, stamps)
        for message in filter(None, found):
            message.files = [one for one in message.files if one["id"] != file]
            if message.files or message.text or message.blocks:
                call.workspace.changed(message)
            else:
                call.workspace.remove(message)
    return {}


def file_payload(call: Call, stored: StoredFile) -> Payload:
    """Return a file as Slack's object."""
    shares = {
        channel: [{"ts": ts, "channel_name": call.workspace.conversations[channel].name}]
        for channel, stamps in stored.shares.items()
        for ts in stamps
    }
    return {
        "id": stored.id,
        "name": stored.name,
        "title": stored.title,
        "mimetype": stored.mimetype,
        "filetype": PurePath(stored.name).suffix.removeprefix("."),
        "size": len(stored.content),
        "user": call.bot,
        "url_private": f"{call.parts.base_url}/files/{stored.id}",
        "permalink": f"{call.parts.base_url}/page/file/{stored.id}",
        "channels": list(stored.shares),
        "shares": {"public": shares},
    }


def _uploaded(call: Call, file_id: str) -> StoredFile:
    stored = call.workspace.files.get(file_id)
    if stored is None or stored.is_complete or not stored.content:
        raise ApiError("file_not_found")
    return stored


def _comment(call: Call) -> Payload:
    text = call.args.text("initial_comment")
    return {"text": text} if text else {"blocks": call.args.listed("blocks")}


def _places(call: Call) -> list[Conversation]:
    names = call.args.names("channels") or call.args.names("channel_id")
    places = []
    for name in names:
        at = Call(call.parts, call.method, type(call.args)({**call.args.values, "channel": name}))
        place = destination(at)
        if call.bot not in place.members:
            raise ApiError("not_in_channel")  # chat:write.public does not cover files
        refuse_posting(at, place)
        places.append(place)
    return places


def _share(call: Call, place: Conversation, stored: list[StoredFile], content: Content) -> None:
    message = call.workspace.app_message(place, content.text or "")
    content.fill(message)
    message.thread_ts = call.args.text("thread_ts")
    for one in stored:
        one.shares.setdefault(place.id, []).append(message.ts)
    message.files = [file_payload(call, one) for one in stored]
    call.workspace.post(message)
    call.parts.tell_app(message_event(place, message))


METHODS = {
    "files.completeUploadExternal": Method(files_complete_upload_external, ("files:write",)),
    "files.delete": Method(files_delete, ("files:write",)),
    "files.getUploadURLExternal": Method(files_get_upload_url_external, ("files:write",)),
    "files.info": Method(files_info, ("files:read",)),
}
