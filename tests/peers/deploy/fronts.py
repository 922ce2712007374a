"""nginx and Caddy, started with our examples in front of a server that tells what came through.

    fronts.py --nginx PROGRAM --caddy PROGRAM --certificate FILE --key FILE --folder FOLDER

Of the examples only addresses, files and ports are replaced; each must be there to be replaced.
"""

import argparse
import pathlib
import re
import subprocess
import sys

from front import Front, Upstream, checked, free_port

DEPLOY = pathlib.Path("deploy")


def replaced(text, *pairs):
    """`text` with each pattern replaced; a pattern that is nowhere is an error."""
    for pattern, by in pairs:
        text, count = re.subn(pattern, by, text, flags=re.MULTILINE)
        if count == 0:
            sys.exit(f"fronts.py: the example has no {pattern!r} any more")
    return text


def nginx(given, upstream):
    folder = given.folder / "nginx"
    folder.mkdir()
    http, https = free_port(), free_port()
    example = replaced(
        (DEPLOY / "nginx.conf").read_text(),
        (r"127\.0\.0\.1:8080;$", f"127.0.0.1:{upstream};"),
        (r"listen 80;$", f"listen 127.0.0.1:{http};"),
        (r"listen 443 ssl;$", f"listen 127.0.0.1:{https} ssl;"),
        # Not every machine that tests has IPv6.
        (r"^ *listen \[::\].*$", ""),
        (r"ssl_certificate \S+;", f"ssl_certificate {given.certificate};"),
        (r"ssl_certificate_key \S+;", f"ssl_certificate_key {given.key};"),
        (r"/var/log/nginx/", f"{folder}/"),
    )
    (folder / "direttore.conf").write_text(example)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 64; }}\nhttp {{\n{temporary}include {folder}/direttore.conf;\n}}\n"
    )
    command = [given.nginx, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True)
    if tested.returncode != 0 or "[warn]" in tested.stderr:
        sys.exit(f"nginx -t:\n{tested.stderr}")
    return Front("nginx", command, http, https, given.certificate, folder)


def caddy(given, upstream):
    folder = given.folder / "caddy"
    folder.mkdir()
    http, https = free_port(), free_port()
    example = (DEPLOY / "Caddyfile").read_text()
    formatted = subprocess.run([given.caddy, "fmt", "-"], input=example, capture_output=True, text=True, check=True)
    if formatted.stdout != example:
        sys.exit("deploy/Caddyfile is not formatted: caddy fmt --overwrite deploy/Caddyfile")
    example = replaced(
        example,
        (r"127\.0\.0\.1:8080 \{$", f"127.0.0.1:{upstream} {{"),
        (r"#tls \S+ \S+$", f"tls {given.certificate} {given.key}"),
    )
    options = f"{{\n\tadmin off\n\thttp_port {http}\n\thttps_port {https}\n\tdefault_bind 127.0.0.1\n}}\n"
    (folder / "Caddyfile").write_text(options + example)
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [given.caddy, "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]
    tested = subprocess.run(
        [given.caddy, "validate", *command[2:]], capture_output=True, text=True, env=home
    )
    if tested.returncode != 0:
        sys.exit(f"caddy validate:\n{tested.stderr}")
    return Front("Caddy", command, http, https, given.certificate, folder, home)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--nginx", "--caddy", "--certificate", "--key", "--folder"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    given = parser.parse_args()
    failed = 0
    for start in (nginx, caddy):
        with Upstream() as upstream:
            with start(given, upstream.port) as front:
                failed += checked(front, upstream)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
