"""The interactive shell on a pseudo-terminal, as somebody uses it: editing, history, completion, Ctrl+C, Ctrl+D, errors."""
import os
import pathlib
import pty
import re
import select
import signal
import struct
import sys
import termios
import fcntl
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BINARY, Millstream, temporary_folder, wait_for  # noqa: E402

PATIENCE = 20
PROMPT, MORE = "sql> ", "  -> "
UP, LEFT, BACKSPACE, CTRL_C, CTRL_D, TAB = "\x1b[A", "\x1b[D", "\x7f", "\x03", "\x04", "\t"


class Shell:
    """One `millstream sql` on a terminal of 100 columns. What it printed is taken by expect()."""

    def __init__(self, server, home, language):
        self.server, self.home, self.language, self.pid = server, home, language, None
        self.start()

    def start(self):
        self.text = ""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "XDG_"))}
        environment |= {"HOME": str(self.home), "TERM": "xterm", "NO_COLOR": "1"}
        if self.language:
            environment["LANG"] = self.language
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(BINARY, [BINARY, "sql", "--server", self.server], environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.expect(PROMPT)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read(self, seconds):
        """Whether there was anything. The end of the process closes the terminal."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            got = os.read(self.terminal, 65536)
        except OSError:
            got = b""
        self.text += got.decode(errors="replace")
        return bool(got)

    def expect(self, what):
        """Reads until `what` comes; returns all before it. A longer wait than PATIENCE is a failure."""
        end = time.monotonic() + PATIENCE
        while what not in self.text:
            left = end - time.monotonic()
            if left <= 0 or not self.read(left):
                raise AssertionError(f"the shell did not show {what!r} but {self.text!r}")
        before, self.text = self.text.split(what, 1)
        if what in (PROMPT, MORE):
            # The prompt stands a moment before keys are the editor's and no more the terminal's.
            wait_for(lambda: not termios.tcgetattr(self.terminal)[3] & termios.ICANON, "keys are taken one by one", PATIENCE)
        return before

    def run(self, statement):
        """The lines between the statement and the next prompt."""
        self.type(statement + "\r")
        self.expect("\n")
        return self.expect(PROMPT).replace("\r", "").splitlines()

    def end(self):
        """The exit code, once everything is read."""
        while self.read(PATIENCE):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def kill(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def case_statements_over_several_lines(shell):
    shell.type("SELECT 40 +\r")
    shell.expect(MORE)
    shell.type("  2 -- the answer;\r")
    shell.expect(MORE)
    assert "+I      42" in shell.run("AS answer;"), "the rows"


def case_an_error_and_going_on(shell):
    lines = shell.run("SELECT nothing FROM nowhere;")
    assert any(line.startswith("error: ") for line in lines) and any("nowhere" in line for line in lines), lines
    assert any("^" in line for line in lines), lines
    lines = shell.run("SELEKT 1;")
    assert any("SELECT" in line for line in lines), lines
    lines = shell.run("SELECT 1; SELECT 2 / 0; SELECT 3 AS three;")
    assert not any("three" in line for line in lines), "a line ends at its first error"
    assert "1 row" in shell.run("SELECT 1;")


def case_text_that_is_not_ascii(shell):
    assert any(line.endswith("Zürich 東京 €😀") for line in shell.run("SELECT 'Zürich 東京 €😀' AS city;"))


def case_editing_inside_text(shell):
    tail = "' AS t;"
    for left, rubout, text, expected in ((7, 1, "ß", "aé€ß"), (7, 2, "ß", "aéß"), (9, 1, "", "a€x"), (10, 0, "東", "a東é€x")):
        shell.type("SELECT 'aé€x" + tail + LEFT * left + BACKSPACE * rubout + text + "\r")
        shell.expect("\n")
        lines = [line.rstrip() for line in shell.expect(PROMPT).replace("\r", "").splitlines()]
        assert "+I  " + expected in lines, lines


def case_history(shell):
    shell.run("SELECT 'once' AS said;")
    shell.type("SELECT 40 -- forty;\r")
    shell.expect(MORE)
    shell.run("+ 2 AS answer;")
    shell.type("SELECT 'two\r")
    shell.expect(MORE)
    shell.run("lines' AS said;")
    shell.type(CTRL_D)
    assert shell.end() == 0
    shell.start()
    for steps, expected in ((3, "+I  once"), (3, "+I      42"), (3, r"+I  two\nlines")):
        shell.type(UP * steps + "\r")
        shell.expect("\n")
        lines = shell.expect(PROMPT).replace("\r", "").splitlines()
        assert expected in [line.rstrip() for line in lines], (expected, lines)


def case_completion(shell):
    shell.run("CREATE TABLE customers (customer_id BIGINT, `full name` STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '1');")
    # The shell redraws only what changes, so it is the answers that are looked at.
    shell.type("DESCR" + TAB + "cust" + TAB + ";\r")
    shell.expect("\n")
    assert any("full name" in line for line in shell.expect(PROMPT).splitlines())
    shell.type("SELECT c.customer_i FROM customers AS c;" + LEFT * len(" FROM customers AS c;") + TAB + "\r")
    shell.expect("\n")
    assert "1 row" in shell.expect(PROMPT).replace("\r", "").splitlines()
    shell.type("WITH recent AS (SELECT customer_id AS newest FROM customers) SELECT recent.new FROM recent;" + LEFT * len(" FROM recent;") + TAB + "\r")
    shell.expect("\n")
    assert any("newest" in line for line in shell.expect(PROMPT).replace("\r", "").splitlines())
    shell.type("SELECT regexp_rep" + TAB + "('a-b', '-', '+') AS plus;\r")
    shell.expect("\n")
    assert "+I  a+b" in [line.rstrip() for line in shell.expect(PROMPT).replace("\r", "").splitlines()]
    # The lines before count too.
    shell.type("SELECT 'ä😀' AS t,\r")
    shell.expect(MORE)
    shell.type("`full name` FROM cust" + TAB + ";\r")
    shell.expect("\n")
    assert "1 row" in shell.expect(PROMPT).replace("\r", "").splitlines()


def case_ctrl_c(shell):
    shell.type("SELECT 'never sent" + CTRL_C)
    shell.expect(PROMPT)
    shell.type("SELECT 'a line\r")
    shell.expect(MORE)
    shell.type("that is given up" + CTRL_C)
    shell.expect(PROMPT)
    assert "1 row" in shell.run("SELECT 1;"), "nothing is left of what was given up"
    shell.run("CREATE TABLE endless (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50');")
    shell.type("SELECT n FROM endless;\r")
    shell.expect("\n")
    shell.expect("+I")
    shell.type(CTRL_C)
    assert re.search(r"\d+ rows?$", shell.expect(PROMPT).strip()), "what was shown is counted"
    assert "1 row" in shell.run("SELECT 1;")


def case_words_of_the_shell(shell):
    assert any("clear" in line for line in shell.run("help"))
    assert any("clear" in line for line in shell.run("HELP ;"))
    shell.type("clear\r")
    shell.expect("\x1b[H\x1b[2J")
    shell.expect(PROMPT)
    assert "1 row" in shell.run("SELECT 1;")
    for end in (signal.SIGTERM, signal.SIGHUP):
        os.kill(shell.pid, end)
        assert shell.end() == 0, end
        shell.start()


def main():
    with temporary_folder() as folder:
        server = Millstream(folder)
        server.start()
        try:
            count = 0
            for name, case in [(name, case) for name, case in globals().items() if name.startswith("case_")]:
                # Containers have no language, and the shell must not care.
                for language in ("C.UTF-8", None, "C") if "text" in name else ("C.UTF-8",):
                    home = folder / f"{name}-{language}"
                    home.mkdir()
                    shell = Shell(server.server, home, language)
                    try:
                        case(shell)
                        shell.type(CTRL_D)
                        assert shell.end() == 0
                    except AssertionError as error:
                        raise AssertionError(f"{name} with LANG={language}: {error}") from error
                    finally:
                        shell.kill()
                    count += 1
            print(f"{count} cases of the shell passed")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
