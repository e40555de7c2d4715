"""Runs the cases of the modules named on the command line against one server; a case is a function case_…(server).

Usage: clients.py MODULE… [--only TEXT]      Prints each case with its time; ends with 1 if one failed.
"""
import argparse
import importlib
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import Millstream, temporary_folder  # noqa: E402


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("modules", nargs="+")
    arguments.add_argument("--only", default="")
    options = arguments.parse_args()
    failed = ran = 0
    with temporary_folder() as folder:
        server = Millstream(folder)
        server.start()
        try:
            for name in options.modules:
                module = importlib.import_module(name)
                for title, case in list(vars(module).items()):
                    if not title.startswith("case_") or options.only not in f"{name}.{title}":
                        continue
                    ran += 1
                    started = time.monotonic()
                    try:
                        note = case(server)
                        print(f"ok      {name}.{title[5:]} ({time.monotonic() - started:.1f} s)" + (f": {note}" if note else ""), flush=True)
                    except BaseException as error:  # noqa: B902 - SystemExit of the harness is a failure too
                        if isinstance(error, KeyboardInterrupt):
                            raise
                        failed += 1
                        print(f"FAILED  {name}.{title[5:]} ({time.monotonic() - started:.1f} s)", flush=True)
                        traceback.print_exc()
                        if server.process.poll() is not None:
                            print(f"the server ended with {server.process.returncode}:\n{server.log()[-5000:]}")
                            server.start()
        finally:
            server.stop()
    print(f"{ran - failed} of {ran} client cases passed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
