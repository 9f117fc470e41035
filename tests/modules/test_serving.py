import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tools import browser, serving


def test_what_is_missing_is_answered_by_the_sites_own_page(tmp_path):
    (tmp_path / "site" / "_static").mkdir(parents=True)
    (tmp_path / "site" / "404.html").write_text("There is no such page", encoding="utf-8")
    with serving.files(tmp_path) as address:
        for path in ("site/nothing.html", "site/one/two", "site/_static/"):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(f"{address}/{path}")
            assert (caught.value.code, caught.value.read()) == (404, b"There is no such page")
        with pytest.raises(urllib.error.HTTPError, match="File not found"):
            urllib.request.urlopen(f"{address}/nothing.html")  # beside the site


def test_it_serves_a_site_and_says_when_its_port_is_taken(tmp_path):
    (tmp_path / "index.html").write_text("The front page", encoding="utf-8")
    port = browser.free_port()
    command = [sys.executable, "-m", "tools.serving", tmp_path, str(port)]
    with browser.running(command, f"http://127.0.0.1:{port}", tmp_path / "log"):
        assert f"http://127.0.0.1:{port} until" in (tmp_path / "log").read_text()
        second = subprocess.run(command, capture_output=True, text=True)
    assert second.returncode == 1 and f"port {port}: " in second.stderr and "Traceback" not in second.stderr


@pytest.mark.parametrize("error, told", [(BrokenPipeError(), False), (ValueError(), True)])
def test_a_reader_who_leaves_before_the_page_has_come_is_no_error(capsys, error, told):
    with serving.Server(("127.0.0.1", 0), serving.Files) as served:
        try:
            raise error
        except (BrokenPipeError, ValueError):
            served.handle_error(None, ("127.0.0.1", 1))
    assert ("Traceback" in capsys.readouterr().err) == told
