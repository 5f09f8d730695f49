# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages that one drill needs and the image has not: an archive of their files, to be unpacked in a running guest.

Made outside of the namespaces, from the host's own apt sources; what the image has already is left out. Their scripts are not run.
"""

import re
import subprocess
import tempfile

from .image import cache_root, ensure
from .say import BedError, say

PACEMAKER = ("pacemaker", "pacemaker-cli-utils", "resource-agents")
# Of what resource-agents wants, this is for agents that are not used here.
UNUSED = re.compile(r"(lib)?python3|media-types|sgml-base|gawk|lib(mpfr|sigsegv|readline)|readline")


def _missing(wanted, status):
    """[package] that would be installed beside what the guest's dpkg knows."""
    done = subprocess.run(["apt-get", "install", "-s", "--no-install-recommends", "-o", f"Dir::State::status={status}", *wanted],
                          capture_output=True, text=True, check=False)
    names = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ")]
    if done.returncode or not names:
        raise BedError(f"apt cannot tell what {wanted[0]} needs: run apt-get update, then try again\n{done.stderr}")
    return [name for name in names if not UNUSED.match(name)]


def archive(wanted):
    """The archive's path; it stays in the cache beside the image that it is for."""
    image = ensure()
    path = cache_root() / f"{image.name}-{wanted[0]}.tar"
    if path.exists():
        return path
    say(f"fetching {wanted[0]} for the guests")
    with tempfile.TemporaryDirectory() as folder:
        status = f"{folder}/status"
        with open(status, "w", encoding="utf-8") as out:
            subprocess.run(["debugfs", "-R", "cat /var/lib/dpkg/status", image / "root.ext4"], stdout=out, stderr=subprocess.DEVNULL,
                           check=True)
        subprocess.run(f"""set -e; cd {folder}; mkdir debs root; cd debs
            apt-get download -q {' '.join(_missing(wanted, status))} >../log 2>&1 || {{ cat ../log >&2; exit 1; }}
            for deb in *.deb; do dpkg -x "$deb" ../root; done
            cd ../root; rm -rf usr/share/doc usr/share/man usr/share/locale
            # symlinks in the guest, which tar would replace
            for top in bin sbin lib lib64; do [ ! -d $top ] || {{ mkdir -p usr/$top; cp -a $top/. usr/$top/; rm -r $top; }}; done
            tar -cf ../all.tar --owner=0 --group=0 .; mv ../all.tar {path}.new; mv {path}.new {path}""",
                       shell=True, check=True)
    return path
