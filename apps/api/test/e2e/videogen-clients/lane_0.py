"""Every method of the official client of the first generation (0.0.38)."""
import json
import os
import sys

from videogen import VideoGenApi
from videogen.download_file import download_file
from videogen.get_hydrated_file import get_hydrated_file
from videogen.poll_executed_tool import poll_executed_tool
from videogen.upload_file import upload_file

client = VideoGenApi(token=os.environ["KEY"], base_url=os.environ["BASE_URL"])
portrait, film = os.environ["PORTRAIT"], os.environ["FILM"]
called = set()
# On a short run these are waited for; the newer client waits for each of the others.
waited = ("text_to_speech", "vectorize_image", "generate_sound_effect")


def call(name, **kwargs):
    called.add(name)
    resource, method = name.split(".")
    return getattr(getattr(client, resource), method)(**kwargs)


def tool(name, type, **kwargs):
    started = call(f"tools.{name}", **kwargs)
    if os.environ["IS_LONG"] != "1" and name not in waited:
        call("tools.cancel_tool_execution", tool_execution_id=started.tool_execution_id)
        return None
    done = poll_executed_tool(client, started.tool_execution_id, poll_interval_ms=200)
    assert done.status == "succeeded", (name, done)
    assert done.results and done.results[0].type == type, (name, done)
    return done.results[0].file_id


presenters = call("resources.list_avatar_presenters").avatar_presenters
assert call("resources.list_tts_voices").tts_voices
picture = upload_file(client, open(portrait, "rb"), display_name="portrait.jpg", poll_interval_ms=200)
moving = upload_file(client, open(film, "rb"), display_name="film.mp4", poll_interval_ms=200)
assert get_hydrated_file(client, picture.file_id).file_id == picture.file_id
got = download_file(client, picture.file_id)
assert (got if isinstance(got, bytes) else got.read()) == open(portrait, "rb").read()

tool("generate_image", "IMAGE", prompt="a boat")
tool("generate_video_clip", "VIDEO", image_file_ids=[picture.file_id])
speech = tool("text_to_speech", "AUDIO", tts_text="Hello")
tool("generate_sound_effect", "AUDIO", prompt="rain", duration_seconds=1)
tool("generate_avatar", "VIDEO", avatar_presenter_id=presenters[0].avatar_presenter_id, audio_storage_file_id=speech)
for name in ("vectorize_image", "remove_image_background", "upscale_image"):
    tool(name, "IMAGE", image_storage_file_id=picture.file_id)
for name in ("remove_video_background", "upscale_video"):
    tool(name, "VIDEO", video_storage_file_id=moving.file_id)
started = call("tools.generate_sound_effect", prompt="wind")
call("tools.cancel_tool_execution", tool_execution_id=started.tool_execution_id)
assert call("tools.get_tool_execution_info", tool_execution_id=started.tool_execution_id).status in ("cancelled", "running", "succeeded")

upload = call("files.create_file_upload", display_name="never sent")
assert call("files.get_file", file_id=upload.file_id).scope == "GLOBAL"
assert call("files.hydrate_file", file_id=moving.file_id).download_source.status == "ready"
assert any(one.file_id == moving.file_id for one in call("files.get_files").files)
assert call("files.search_files", query="film").results[0].similarity <= 1
assert call("files.enable_public_preview", file_id=moving.file_id).public_playback_id.startswith("vg_play_")
assert call("files.disable_public_preview", file_id=moving.file_id).is_public_preview_enabled is False
call("files.archive_file", file_id=picture.file_id)

endpoint = call("webhooks.create_webhook_endpoint", url="https://hooks.example/x", events=["file.playback_ready"])
assert any(one.endpoint_id == endpoint.endpoint_id for one in call("webhooks.list_webhook_endpoints").endpoints)
call("webhooks.delete_webhook_endpoint", endpoint_id=endpoint.endpoint_id)

methods = {
    f"{resource}.{name}"
    for resource in ("files", "resources", "tools", "webhooks")
    for name in dir(getattr(client, resource))
    if not name.startswith("_") and name != "with_raw_response" and callable(getattr(getattr(client, resource), name))
}
print("methods:", *sorted(methods), sep="\n  ", file=sys.stderr)
assert methods == called, (methods ^ called)
print(json.dumps({"methods": len(methods)}))
