"""A terminal for the client's interactive sessions."""
import os
import pty
import re
import select
import subprocess
import time


def talk(command, folder, env, prompt, answered, limit=25):
    """Starts `command`, types `prompt` once its screen is quiet and ends it when `answered()` or after `limit` s.

    Gives the text of the screen, without the terminal's control sequences.
    """
    master, slave = pty.openpty()
    client = subprocess.Popen(command, cwd=folder, env={**env, "TERM": "xterm-256color"}, stdin=slave, stdout=slave,
                              stderr=slave, start_new_session=True)
    os.close(slave)
    screen, typed, entered = b"", None, False
    start = quiet = time.monotonic()
    while time.monotonic() < start + limit and client.poll() is None and not answered():
        if select.select([master], [], [], 0.1)[0]:
            try:
                screen += os.read(master, 65536)
            except OSError:
                break
            quiet = time.monotonic()
        now = time.monotonic()
        if typed is None and screen and (now > quiet + 0.7 or now > start + 5):
            os.write(master, prompt.encode())
            typed = now
        elif typed and not entered and now > typed + 0.7:
            os.write(master, b"\r")
            entered = True
    time.sleep(0.3)
    client.kill()
    client.wait()
    os.close(master)
    plain = re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b.", " ", screen.decode("utf-8", "replace"))
    return re.sub(r"\s+", " ", plain)
