"""A real Flink in one JVM: the statements of an example's file, and the command that runs them on EmbeddedFlink.java."""
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
# What Flink's serializers look into.
OPENS = [f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in
         ("lang", "net", "io", "nio", "lang.reflect", "text", "time", "util", "util.concurrent", "util.concurrent.atomic",
          "util.concurrent.locks")]


def statements(text):
    """The tables of a file that ends in one statement set, and that set."""
    tables, job = re.sub(r"(?m)--.*$", "", text).split("EXECUTE STATEMENT SET")
    return [table.strip() for table in tables.split(";") if table.strip()] + ["EXECUTE STATEMENT SET\n" + job.strip().rstrip(";") + ";"]


def command(program, jars, memory, folder, texts, arguments=()):
    """Runs the Java program's main class: `arguments`, then a file for each statement. Compiles it into `folder`."""
    classes = folder / "classes"
    subprocess.run(["javac", "-d", str(classes), "-cp", jars, str(HERE / "EmbeddedFlink.java"), str(program)], check=True)
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"statement{number}.sql")
        files[-1].write_text(text)
    return ["java", f"-Xmx{memory}", *OPENS, "-cp", f"{classes}:{jars}", program.stem, *arguments, *map(str, files)]
