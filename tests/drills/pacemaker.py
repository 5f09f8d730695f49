# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's Pacemaker decides in place of baton-ha, by the resource agent ocf:baton:director, set up as its manual says.

The operator moves the role (`crm_resource --move`), and when the other director is warm again the new active one loses power.
Expected: the role moves both times to the node whose table is proven, at no time two send as the active one, every connection
lives, also those that say nothing meanwhile; the rebuilt node is a warm standby. Pacemaker takes its time: it starts and stops programs,
for each address, one after the other, so that nobody is answered for seconds, and what connects then fails. Fencing is off,
since nothing here could be fenced that is not dead already.
"""

import pathlib
import time

import pair as pairs
from testbed import net
from testbed.say import say

GAP_MS = {"default": 30000}
# Of baton-ha, which does not run.
ROLE_CHANGES = 0
FORBIDDEN = ()
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "ha/ocf/pacemaker.xml.example"
ADDRESSES = ((net.VIP_NAT, 24, "eth0"), (net.VIP_DR, 24, "eth0"), (net.GATEWAY_IN, 24, "eth2"), (net.VIP_NAT6, 64, "eth0"),
             (net.GATEWAY_IN6, 64, "eth2"))
# What the packages' own scripts do.
SETUP = """ldconfig; getent group haclient >/dev/null || groupadd -r haclient
getent passwd hacluster >/dev/null || useradd -r -g haclient -d /var/lib/pacemaker hacluster
install -d -o hacluster -g haclient -m 750 /var/lib/pacemaker /var/lib/pacemaker/cib /var/lib/pacemaker/pengine \
    /var/lib/pacemaker/cores /var/lib/pacemaker/blackbox /var/log/pacemaker
systemctl daemon-reload"""


class Pacemaker(pairs.Baton):
    """Directors whose roles Pacemaker moves: what the kernel's gate says."""

    EXPLAIN = ("crm_mon -1Arf", "batonctl status", "batonctl sync status", "ip -br address",
               "journalctl -b --no-pager -o short-precise -n 80 -u pacemaker -u baton-syncd -u corosync")

    def state(self, guest):
        if not guest.alive() or guest.frozen or guest.run("systemctl is-active -q pacemaker", check=False).returncode:
            return None
        return {"open": "ACTIVE", "shut": "STANDBY"}.get(self.gate(guest))

    def handover(self, guest):
        return guest.run("crm_resource --move --resource director-clone --promoted", timeout=60, check=False)

    def timeline(self, guest):
        return []


def configuration():
    """The manual's example, and the addresses of IPv6 in its group."""
    extra = "".join(f"""
      <primitive id="{name}" class="ocf" provider="heartbeat" type="IPaddr2">
        <instance_attributes id="{name}-attributes">
          <nvpair id="{name}-ip" name="ip" value="{address}"/>
          <nvpair id="{name}-cidr_netmask" name="cidr_netmask" value="64"/>
          <nvpair id="{name}-nic" name="nic" value="{nic}"/>
          <nvpair id="{name}-nodad" name="nodad" value="true"/>
        </instance_attributes>
      </primitive>""" for name, address, nic in (("gateway6", net.GATEWAY_IN6, "eth2"), ("vip6", net.VIP_NAT6, "eth0")))
    return EXAMPLE.read_text().replace("\n    </group>", f"{extra}\n    </group>")


def begin(bed):
    """Pacemaker in place of baton-ha, on both."""
    for guest in bed.guests:
        guest.unpack(bed.folder / "pacemaker.tar", 120)
        guest.run(SETUP, timeout=60)
    for guest in bed.guests:
        guest.run("systemctl mask --now baton-ha", timeout=60)
        guest.run("; ".join(f"ip addr del {address}/{length} dev {nic}" for address, length, nic in ADDRESSES), check=False)
        guest.run("batonctl gate close", check=False)
    for guest in bed.guests:
        guest.run("systemctl start pacemaker", timeout=120)
    one = bed.guests[0]
    bed.wait_for("Pacemaker to know both directors", lambda: one.run("crm_node -p", check=False).stdout.split() and
                 len(one.run("crm_node -p", check=False).stdout.split()) == 2, 120)
    one.run(f"cat >/root/pair.xml <<'END'\n{configuration()}\nEND\ncrm_attribute --name stonith-enabled --update false && "
            "cibadmin --modify --scope configuration --xml-file /root/pair.xml", timeout=60)


def end(bed):
    """As it was before."""
    for guest in bed.guests:
        if guest.alive():
            guest.run("systemctl stop pacemaker; systemctl unmask baton-ha; systemctl start baton.target baton-ha", timeout=120,
                      check=False)


def where(guest):
    """Who has the addresses, as the interfaces say."""
    found = guest.run("ip -br address").stdout
    return [address for address, _, _ in ADDRESSES if f" {address}/" in found]


def served_by(drill, guest):
    """The gate is open there and the addresses are there."""
    drill.bed.wait_for(f"{guest.name} to be promoted", lambda: drill.pair.state(guest) == "ACTIVE", 90)
    drill.bed.wait_for(f"all addresses on {guest.name}", lambda: len(where(guest)) == len(ADDRESSES), 60)


def run(drill):
    """A move, a death."""
    drill.brief = False
    own, drill.pair = drill.pair, Pacemaker()
    drill.events.pair = drill.pair
    try:
        begin(drill.bed)
        active, standby = drill.pair.roles(drill.bed, 180)
        served_by(drill, active)
        drill.begin()

        def move():
            at = time.time()
            done = drill.pair.handover(active)
            drill.expect(done.returncode == 0, f"crm_resource moves the role ({done.stderr.strip()})")
            return at

        drill.inject(f"the operator moves the role from {active.name}", move)
        served_by(drill, standby)
        drill.flowing()
        standby.run("crm_resource --clear --resource director-clone", timeout=60)
        drill.wait_standby_warm(active)
        say(f"{standby.name} loses power")
        drill.traffic.command("mark power")
        standby.poweroff()
        served_by(drill, active)
        drill.recovered()
        standby.start()
        standby.wait_up()
        standby.run("systemctl start pacemaker", timeout=120)
        began = time.monotonic()
        drill.wait_standby_warm(standby)
        drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
        drill.expect(drill.pair.state(active) == "ACTIVE", f"{active.name} is still active")
        drill.finish()
        power = next((mark for mark in drill.data["marks"] if mark["name"] == "power"), {})
        drill.data["extra"] = [("gap when the operator moved the role", f"{drill.data['gap_ms']:.0f} ms"),
                               ("gap at the loss of power", f"{power.get('gap_ms', 0):.0f} ms")]
        drill.within("gap at the loss of power", power.get("gap_ms", 0), GAP_MS)
    finally:
        end(drill.bed)
        drill.pair = own
