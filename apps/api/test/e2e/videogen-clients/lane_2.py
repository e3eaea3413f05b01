"""Every method of the official client 2.x that this server answers, and the documented refusal of every other one."""
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from videogen import VideoGen

url, key = os.environ["BASE_URL"], os.environ["KEY"]
portrait, film = os.environ["PORTRAIT"], os.environ["FILM"]
client = VideoGen(api_key=key, base_url=url)
called = set()


def call(name, *args, **kwargs):
    called.add(name)
    target = client
    for part in name.split("."):
        target = getattr(target, part)
    return target(*args, **kwargs)


def refused(name, status, code, *args, **kwargs):
    try:
        call(name, *args, **kwargs)
    except Exception as error:
        assert getattr(error, "status_code", getattr(error, "status", None)) == status, (name, repr(error), vars(error))
        assert code in json.dumps(vars(error), default=str), (name, vars(error))
        return
    raise AssertionError(f"{name} was not refused")


quick = {"poll_interval_ms": 200, "timeout_ms": 400_000}


def checked(name, execution, type, count=1):
    assert execution["status"] == "succeeded", (name, execution)
    assert execution["progress_percentage"] == 100, execution
    assert len(execution["results"]) == count, execution
    for result in execution["results"]:
        assert result["type"] == type, (name, result)
        assert result["file"]["scope"] in ("GLOBAL", "TEMPORARY"), result
        assert result["download_url"].startswith("http") and result["download_url_expires_at"] > time.time(), result
        assert result["file"]["download_source"]["status"] == "ready", result
    return execution["results"][0]


def tool(name, type, count=1, **kwargs):
    started = call(f"tools.{name}", **kwargs, **({"num_results": count} if count > 1 else {}))
    assert started["tool_execution_id"].startswith("vg_exec_"), started
    if os.environ["IS_LONG"] != "1" and count == 1:
        # The other form of the same call has been waited for.
        call("tools.cancel_tool_execution", started["tool_execution_id"])
        return None
    return checked(name, call("poll_executed_tool", started["tool_execution_id"], **quick), type, count)


def waited(name, type, **kwargs):
    return checked(name, call(f"tools.{name}_and_wait", **kwargs, **quick), type)


me = call("account.get_me")
assert set(me) == {"api_key_id", "api_key_nickname", "email", "display_name", "team_id"}, me
voices = call("resources.list_tts_voices")
assert voices["tts_voices"][0]["voice_id"].startswith("vg_voic_"), voices
assert any(one["language_code"] == "de-DE" for one in call("resources.list_languages")["languages"])

endpoint = call("webhooks.create_webhook_endpoint", url=os.environ["HOOK_URL"], events=["tool_execution.succeeded", "file.upload.completed", "file.download_ready", "workflow_run.succeeded", "project_export.succeeded"])
assert endpoint["signing_secret"].startswith("whsec_"), endpoint
assert endpoint["signing_secret"][-4:] == endpoint["signing_secret_last4"], endpoint
listed = call("webhooks.list_webhook_endpoints")["endpoints"]
assert [one["endpoint_id"] for one in listed] == [endpoint["endpoint_id"]] and "signing_secret" not in listed[0]

picture = call("upload_file", open(portrait, "rb").read(), display_name="portrait.jpg", poll_interval_ms=200)
assert picture["type"] == "IMAGE", picture
moving = call("upload_file", open(film, "rb").read(), display_name="film.mp4", type="VIDEO", poll_interval_ms=200)
assert moving["duration_seconds"] > 0, moving
got = call("download_file", picture["file_id"])
data = got if isinstance(got, (bytes, bytearray)) else got.read()
assert data == open(portrait, "rb").read()
for name in ("files.get_file", "files.hydrate_file", "get_hydrated_file"):
    assert call(name, picture["file_id"])["file_id"] == picture["file_id"]
upload = call("files.create_file_upload", display_name="never sent", is_temporary=True)
assert call("files.get_file", upload["file_id"])["scope"] == "TEMPORARY"

small = {"width": 1, "height": 1}
low = {"duration_seconds": 1, "quality": "LOW", "aspect_ratio": small}
speech = waited("text_to_speech", "AUDIO", tts_text="It costs $5.", voice_id=voices["tts_voices"][0]["voice_id"], auto_expand_pronunciation_replacements=True)
presenter = client.request(method="GET", path="/v1/resources/avatar-presenters")["avatar_presenters"][0]["avatar_presenter_id"]
called.add("request")
avatar = {"avatar_presenter_id": presenter, "audio_file_id": speech["file_id"], "avatar_quality": "LOW"}
clip = {"start_frame_file_id": picture["file_id"], "audio_file_ids": [speech["file_id"]], **low}
of_picture, of_film = {"image_file_id": picture["file_id"]}, {"video_file_id": moving["file_id"]}
# Each tool waited for once, and begun once by the older names; the worker has two hands.
tasks = [
    lambda: waited("image3d_effect", "VIDEO", **of_picture),
    lambda: waited("generate_music", "AUDIO", prompt="calm piano"),
    lambda: waited("generate_image", "IMAGE", prompt="a red lighthouse", aspect_ratio=small, quality="LOW"),
    lambda: waited("generate_video_clip", "VIDEO", prompt="waves", generate_audio=True, **low),
    lambda: waited("generate_avatar", "VIDEO", **avatar),
    lambda: waited("generate_sound_effect", "AUDIO", prompt="rain", duration_seconds=1),
    *[lambda name=name: waited(name, "IMAGE", **of_picture) for name in ("vectorize_image", "remove_image_background", "upscale_image")],
    *[lambda name=name: waited(name, "VIDEO", **of_film) for name in ("remove_video_background", "upscale_video")],
    lambda: tool("generate_image", "IMAGE", prompt="a red lighthouse", aspect_ratio=small, quality="LOW", is_output_temporary=True),
    lambda: tool("text_to_speech", "AUDIO", tts_text="Hola", voice_id="Mateo", voice_speed=1.2),
    lambda: tool("generate_sound_effect", "AUDIO", count=2, prompt="wind", duration_seconds=1, prompt_influence=0.5),
    lambda: tool("generate_music", "AUDIO", prompt="upbeat drums"),
    lambda: tool("generate_video_clip", "VIDEO", **clip),
    lambda: tool("generate_avatar", "VIDEO", **avatar),
    *[lambda name=name: tool(name, "IMAGE", image_storage_file_id=picture["file_id"]) for name in ("vectorize_image", "remove_image_background", "upscale_image")],
    lambda: tool("image3d_effect", "VIDEO", **of_picture),
    *[lambda name=name: tool(name, "VIDEO", video_storage_file_id=moving["file_id"]) for name in ("remove_video_background", "upscale_video")],
]
with ThreadPoolExecutor(3) as pool:
    for done in [pool.submit(task) for task in tasks]:
        done.result()
for name in ("generate_motion_graphic", "generate_motion_graphic_and_wait"):
    refused(f"tools.{name}", 400, "invalid_parameters", prompt="x")

started = call("tools.generate_music", prompt="to be cancelled")
assert call("tools.cancel_tool_execution", started["tool_execution_id"])["tool_execution_id"] == started["tool_execution_id"]
for _ in range(300):
    state = call("tools.get_tool_execution_info", started["tool_execution_id"])["status"]
    if state in ("cancelled", "succeeded"):
        break
    time.sleep(0.2)
assert state == "cancelled", state
executions = call("tools.list_tool_executions", limit=5)
assert len(executions["tool_executions"]) == 5 and executions["has_more"], executions
more = call("tools.list_tool_executions", limit=5, cursor=executions["next_cursor"])
seen = {one["tool_execution_id"] for one in executions["tool_executions"]}
assert not seen & {one["tool_execution_id"] for one in more["tool_executions"]}

page = call("files.get_files", limit=3)
assert len(page["files"]) == 3 and page["has_more"], page
found = call("files.search_files", query="rain")["results"]
assert found and found[0]["file"]["source_tool_type"] == "GENERATE_SOUND_EFFECT" and 0 < found[0]["similarity"] <= 1, found
assert call("files.enable_public_preview", moving["file_id"])["is_public_preview_enabled"]
public = call("create_public_preview", moving["file_id"])
shown = call("poll_public_preview", moving["file_id"], **quick)
assert shown["public_playback_id"].startswith("vg_play_") and shown["public_hls_url"].endswith(".m3u8"), shown
assert call("files.disable_public_preview", moving["file_id"])["public_playback_id"] is None
assert call("files.archive_file", picture["file_id"])["file_id"] == picture["file_id"]
assert picture["file_id"] not in [one["file_id"] for one in call("files.get_files", limit=200)["files"]]

# Workflows: films that are told, with their runs, projects and exports.
drawn = {"visual_style": {"type": "AI_IMAGE", "ai_style": "watercolour"}, "quality": "LOW", "aspect_ratio": small}
told = call(
    "workflows.script_to_video_and_wait", script="Waves roll.", auto_export=True, export_options={"quality": "STANDARD"},
    remix_actions=[{"type": "ADD_TRANSITIONS", "asset_transition": "WIPE"}], **drawn, **quick,
)
assert told["status"] == "succeeded" and told["workflow_type"] == "SCRIPT_TO_VIDEO" and told["progress_percentage"] == 100, told
assert told["download_url"].startswith("http") and told["thumbnail_url"].startswith("http"), told
project = call("projects.get_project", told["project_id"])
assert project["status"] == "ready" and project["title"] == "Waves roll." and project["aspect_ratio"] == small, project
own = call("projects.get_project_export", told["project_id"], told["export_id"])
assert own["status"] == "succeeded" and own["file"]["file_id"] == told["export_file_id"] and own["file"]["scope"] == "EXPORT", own
assert own["file"]["description"] == "Waves roll." and 1.5 < own["file"]["duration_seconds"] < 8, own
assert [one["type"] for one in call("poll_remix_actions", told["project_id"], **quick)["remix_actions"]] == ["ADD_TRANSITIONS"]
assert call("projects.list_project_remix_actions", told["project_id"])["remix_actions"][0]["status"] == "succeeded"

clip = call("workflows.prompt_to_video_clip_and_wait", prompt="waves", duration_seconds=1, quality="LOW", aspect_ratio=small, **quick)
assert clip["status"] == "succeeded" and clip["export_id"] is None, clip
exported = call("projects.export_and_wait", clip["project_id"], quality="STANDARD", **quick)
assert exported["status"] == "succeeded" and exported["file"]["duration_seconds"] == 1, exported
assert exported["file"]["download_source"]["width"] == 480, exported
assert call("poll_project_export", clip["project_id"], exported["export_id"], **quick)["export_file_id"] == exported["export_file_id"]
second = call("projects.export_project", clip["project_id"], quality="STANDARD")["export_id"]
listed = [one["export_id"] for one in call("projects.list_project_exports", clip["project_id"])["exports"]]
assert listed == [second, exported["export_id"]], listed
assert exported["export_file_id"] not in [one["file_id"] for one in call("files.get_files", limit=200)["files"]]

words = [{"word": "It", "start_seconds": 0.0, "end_seconds": 0.3}, {"word": "costs.", "start_seconds": 0.3, "end_seconds": 0.8}]
spoken = call("files.create_file_upload", display_name="voice.wav", type="AUDIO", transcript={"language_code": "en", "words": words})
httpx.put(spoken["upload_url"], content=httpx.get(speech["download_url"]).content).raise_for_status()
for _ in range(300):
    if call("files.get_file", spoken["file_id"])["download_source"]["status"] == "ready":
        break
    time.sleep(0.2)
begun = {
    "script_to_video": {"script": "Never told.", **drawn},
    "voiceover_to_video": {"file_id": spoken["file_id"], **drawn},
    "prompt_to_video_clip": {"prompt": "never seen", "quality": "LOW"},
}
for name, arguments in begun.items():
    run = call(f"workflows.{name}", **arguments)
    assert run["workflow_run_id"].startswith("vg_work_") and run["project_id"].startswith("vg_proj_"), run
    assert call("workflows.get_workflow_run", run["workflow_run_id"])["workflow_type"] == name.upper()
    if os.environ["IS_LONG"] == "1":
        assert call("poll_workflow_run", run["workflow_run_id"], **quick)["status"] == "succeeded"
        run = call(f"workflows.{name}", **arguments)
    assert call("workflows.cancel_workflow_run", run["workflow_run_id"]) == run
    stopped = call("poll_workflow_run", run["workflow_run_id"], throw_on_failure=False, **quick)
    assert stopped["status"] in ("cancelled", "succeeded"), stopped
runs = call("workflows.list_workflow_runs", limit=2)
assert len(runs["workflow_runs"]) == 2 and runs["has_more"], runs
assert told["project_id"] in [one["project_id"] for one in call("projects.list_projects")["projects"]]

refused("workflows.voiceover_to_video_and_wait", 400, "no transcript", file_id=speech["file_id"], **drawn)
for name in ("slideshow_to_video", "video_to_video"):
    for ending in ("", "_and_wait"):
        refused(f"workflows.{name}{ending}", 400, "not available on this server", file_id=picture["file_id"], prompt="x")
kept = told["project_id"]
for name in ("remix_project", "remix_and_wait"):
    refused(f"projects.{name}", 400, "cannot be changed", kept, remix_actions=[{"type": "ADD_ZOOM"}])
for name in ("create_timeline_interchange", "create_timeline_interchange_and_wait"):
    refused(f"projects.{name}", 400, "not available on this server", kept, format="OTIO")
refused("projects.get_timeline_interchange", 404, "not_found", "vg_inte_AAAAAAAAAAAAAAAAAAAAAA")
refused("projects.get_project", 404, "not_found", "vg_proj_AAAAAAAAAAAAAAAAAAAAAA")

spare = call("webhooks.create_webhook_endpoint", url=os.environ["HOOK_URL"], events=["file.analysis_completed"])
call("webhooks.delete_webhook_endpoint", spare["endpoint_id"])
refused("webhooks.delete_webhook_endpoint", 404, "not_found", spare["endpoint_id"])

# Sections of the document that this server leaves: 404 in its own words.
unserved = {
    "files.create_file_url_import", "files.create_file_url_import_and_wait", "files.get_file_url_import",
    "entities.add_entity_reference", "entities.archive_entity", "entities.create_entity", "entities.get_entity",
    "entities.list_entities", "entities.remove_entity_reference", "entities.update_entity", "text.generate_text",
    "assistant.act_on_assistant_action", "assistant.act_on_assistant_action_and_wait", "assistant.get_assistant",
    "assistant.get_assistant_message", "assistant.send_assistant_message", "assistant.send_assistant_message_and_wait",
    "assistant.start_assistant_chat", "assistant.start_assistant_chat_and_wait",
}
ids = {name: "x_1" for name in ("file_import_id", "entity_id", "assistant_id", "action_id", "message_id")}
# Its path has the form of a file's, which knows other methods.
imports = {"files.create_file_url_import", "files.create_file_url_import_and_wait"}
for name in sorted(unserved):
    if name in imports:
        refused(name, 405, "method_not_allowed", url="https://example.com/x")
    else:
        refused(name, 404, "not_found", **ids)
# Helpers that poll what is not served, and plain plumbing.
unserved |= {"poll_assistant_message", "poll_file_url_import", "poll_timeline_interchange", "close"}

known = called | unserved | {"verify_webhook_signature"}
methods = set()
for name in dir(client):
    if name.startswith("_"):
        continue
    value = getattr(client, name)
    if callable(value):
        methods.add(name)
    else:
        methods |= {f"{name}.{inner}" for inner in dir(value) if not inner.startswith("_") and callable(getattr(value, inner))}
print("methods:", *sorted(methods), sep="\n  ", file=sys.stderr)
assert methods <= known, ("methods that the lane does not know", methods - known)
print(json.dumps({"secret": endpoint["signing_secret"], "methods": len(methods)}))
