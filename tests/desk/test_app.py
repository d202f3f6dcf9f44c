"""The web application: whom it lets in, and what it says to saves it cannot make."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from copytaster.desk.app import desk_app
from copytaster.desk.desk import Desk
from copytaster.desk.records import MAX_BODY
from copytaster.labels import read_labelled
from copytaster.labels.guide import guide

TOKEN, COOKIE = "a-token-for-tests", "desk-of-tests"
BASE = "http://127.0.0.1:8417"


@pytest.fixture
def desk(lay_out: Callable[..., Desk], folder: Path) -> Desk:
    return lay_out(folder)


@pytest.fixture
def stranger(desk: Desk) -> TestClient:
    """A client that does not know the token."""
    return TestClient(desk_app(desk, TOKEN, COOKIE), BASE, follow_redirects=False)


@pytest.fixture
def client(stranger: TestClient) -> TestClient:
    """A client that has opened the address with the token."""
    assert stranger.get(f"/?token={TOKEN}").status_code == 303
    return stranger


@pytest.fixture
def page(client: TestClient, desk: Desk) -> dict[str, Any]:
    return client.get(f"/pages/{next(iter(desk.places))}").json()


def save(client: TestClient, page: dict[str, Any], **changes: Any) -> Any:
    record = {"version": page["version"], "marks": page["marks"], "done": page["done"]} | changes
    return client.put(f"/pages/{page['key']}", json=record)


# Whom it lets in


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/guide", "/pages", "/pages/x", "/nowhere"])
def test_nothing_is_served_without_the_token(stranger: TestClient, path: str) -> None:
    for address in (path, f"{path}?token=wrong", f"{path}?token=", f"{path}?token=%C3%A9"):
        response = stranger.get(address)
        assert response.status_code == 403
        assert "copytaster label" in response.text


def test_a_wrong_cookie_is_refused(stranger: TestClient) -> None:
    stranger.cookies.set(COOKIE, "wrong")
    assert stranger.get("/pages").status_code == 403


def test_the_token_becomes_a_cookie_and_leaves_the_address(stranger: TestClient) -> None:
    response = stranger.get(f"/?token={TOKEN}")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8417", "127.0.0.1.evil.example", "", "[::1]"])
def test_a_foreign_host_is_refused_even_with_the_cookie(client: TestClient, host: str) -> None:
    assert client.get("/pages", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost:8417"])
def test_the_machine_may_be_called_by_its_names_with_any_port(client: TestClient, host: str) -> None:
    """Ports differ where an address is forwarded, as by ssh -L."""
    assert client.get("/pages", headers={"host": host, "cookie": f"{COOKIE}={TOKEN}"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1:8417", "null"])
def test_a_foreign_origin_is_refused(client: TestClient, page: dict[str, Any], origin: str) -> None:
    response = client.put(f"/pages/{page['key']}", json=page, headers={"origin": origin})
    assert response.status_code == 403
    assert client.get("/pages", headers={"origin": BASE}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/pages", "/nowhere", "/?token=wrong"])
def test_every_answer_forbids_what_the_page_does_not_need(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


# What it serves


def test_the_page_names_no_outside_resource(client: TestClient) -> None:
    names = ["/", *(f"/static/{name}" for name in ("main.js", "style.css", "lines.js", "saver.js", "sheet.js"))]
    for name in names:
        response = client.get(name)
        assert response.status_code == 200
        assert "//" not in response.text.replace("// ", "").replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2Fdesk.py",
        "/static/../app.py",
        "/static/%2e%2e%2fsheet.py",
        "/static//etc/passwd",
        "/pages/..%2F..%2Fetc%2Fpasswd",
        "/pages/0",
        "/etc/passwd",
    ],
)
def test_no_path_leads_to_another_file(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "root:" not in response.text
    assert "import" not in response.text


def test_the_guide_is_the_one_that_ships(client: TestClient) -> None:
    assert client.get("/guide").text == guide()


def test_the_listing_has_the_pages_in_order_and_the_progress(client: TestClient) -> None:
    record = client.get("/pages").json()
    assert [Path(page["id"]).name for page in record["pages"]] == ["bakery.txt"]
    assert "doubtful" in record["pages"][0]["why"]
    assert record["progress"] == {"pages": 1, "done": 0, "marked": 0, "changed": 0, "agreement": None}


def test_a_page_has_its_lines_the_models_guesses_and_the_article(client: TestClient, page: dict[str, Any]) -> None:
    assert page["lines"][0] == [1, 0, 0, "Sandport Courier"]
    assert page["lines"][3] == [5, 0, 1, "Old bakery opens its doors again"]
    assert set(page["guesses"]) <= set("hbtn")
    assert page["marks"] == "." * len(page["lines"])
    assert page["article"]["paragraphs"]
    assert not page["done"]


# Saves


def test_a_save_answers_with_the_article_of_the_new_labels(client: TestClient, page: dict[str, Any]) -> None:
    answer = save(client, page, marks="n" * len(page["marks"])).json()
    assert answer["article"]["headline"] is None
    assert answer["article"]["paragraphs"] == []
    assert answer["progress"]["marked"] == len(page["marks"])
    changed = sum(guess != "n" for guess in page["guesses"])
    assert answer["progress"]["changed"] == changed
    assert answer["progress"]["agreement"] == pytest.approx(1 - changed / len(page["marks"]))


def test_a_stale_save_is_refused_with_the_newer_page_and_changes_nothing(
    client: TestClient, page: dict[str, Any], folder: Path
) -> None:
    newer = "n" + page["marks"][1:]
    assert save(client, page, marks=newer).status_code == 200
    file = (folder / "bakery.tsv").read_bytes()
    response = save(client, page, marks="t" + page["marks"][1:])
    assert response.status_code == 409
    assert response.json()["page"]["marks"] == newer
    assert "changed in another tab or on disk" in response.json()["error"]
    assert (folder / "bakery.tsv").read_bytes() == file


def test_an_edit_on_disk_makes_saves_stale_and_is_shown_with_its_lines(
    client: TestClient, page: dict[str, Any], folder: Path
) -> None:
    answer = save(client, page, marks="n" + page["marks"][1:]).json()
    path = folder / "bakery.tsv"
    path.write_text(path.read_text("utf-8") + "nav\tImprint\n", "utf-8")
    response = save(client, page | answer)
    assert response.status_code == 409
    newer = response.json()["page"]
    assert newer["lines"][-1][3] == "Imprint"
    assert len(newer["guesses"]) == len(newer["marks"]) == len(page["marks"]) + 1
    assert save(client, newer, done=True).status_code == 200


def test_a_file_that_was_broken_on_disk_is_named_and_left_alone(
    client: TestClient, page: dict[str, Any], folder: Path
) -> None:
    (folder / "bakery.tsv").write_text("headlin\tOld bakery\n", "utf-8")
    for response in (save(client, page), client.get(f"/pages/{page['key']}")):
        assert response.status_code == 500
        assert "bakery.tsv:1" in response.json()["error"]
        assert "Did you mean 'headline'?" in response.json()["error"]
    assert (folder / "bakery.tsv").read_text("utf-8") == "headlin\tOld bakery\n"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"version": 1, "marks": "", "done": true}',
        b'{"version": "x", "marks": ["h"], "done": true}',
        b'{"version": "x", "marks": "h", "done": "yes"}',
        b'{"marks": "h", "done": false}',
    ],
    ids=lambda body: body[:30].decode("latin-1"),
)
def test_what_is_no_save_is_refused(client: TestClient, page: dict[str, Any], body: bytes, folder: Path) -> None:
    response = client.put(f"/pages/{page['key']}", content=body)
    assert response.status_code == 400
    assert response.json()["error"]
    assert not (folder / "bakery.tsv").exists()


@pytest.mark.parametrize("change", [lambda m: m[1:], lambda m: m + "h", lambda m: "x" + m[1:], lambda m: "\n" + m[1:]])
def test_marks_must_be_one_of_the_letters_for_each_line(
    client: TestClient, page: dict[str, Any], change: Callable[[str], str], folder: Path
) -> None:
    response = save(client, page, marks=change(page["marks"]))
    assert response.status_code == 400
    assert "a mark for each" in response.json()["error"]
    assert not (folder / "bakery.tsv").exists()


def test_a_save_that_is_too_large_is_not_read_to_its_end(client: TestClient, page: dict[str, Any]) -> None:
    response = client.put(f"/pages/{page['key']}", content=b" " * (MAX_BODY + 1))
    assert response.status_code == 413


def test_other_methods_are_not_allowed(client: TestClient, page: dict[str, Any]) -> None:
    assert client.delete(f"/pages/{page['key']}").status_code == 405
    assert client.post("/pages", json={}).status_code == 405


def test_a_folder_that_is_gone_or_blocked_is_named_and_the_save_can_be_made_later(
    lay_out: Callable[..., Desk], folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "labelled"
    client = TestClient(desk_app(lay_out(folder, output=output), TOKEN, COOKIE), BASE)
    client.get(f"/?token={TOKEN}")
    page = client.get(f"/pages/{client.get('/pages').json()['pages'][0]['key']}").json()
    output.write_text("a file where the folder should be")
    response = save(client, page, done=True)
    assert response.status_code == 500
    assert "labelled" in response.json()["error"]
    output.unlink()
    assert save(client, page, done=True).status_code == 200
    assert len(list(read_labelled(output))) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named_and_nothing_is_left_in_it(
    client: TestClient, page: dict[str, Any], folder: Path
) -> None:
    folder.chmod(0o555)
    try:
        response = save(client, page, done=True)
    finally:
        folder.chmod(0o755)
    assert response.status_code == 500
    assert "cannot be written (Permission denied)" in response.json()["error"]
    assert [path.name for path in folder.iterdir()] == ["bakery.txt"]


def test_the_records_are_plain_json(client: TestClient, page: dict[str, Any]) -> None:
    """NaN, which Python would write, is none."""
    json.dumps([client.get("/pages").json(), page], allow_nan=False)
