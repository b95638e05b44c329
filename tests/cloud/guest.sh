# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Guests: real ones, that boot in seconds, answer by the guest agent and keep
# writing to their disk (see guest-init). Their names begin with "vgtest-";
# what belongs to one is in $cloud_dir/guests/NAME: disk, disk2, serial.log, and
# in rbd the names POOL/IMAGE of disks that are in Ceph.

guest_prepare() {
  local made dir=$cloud_dir/guests/base
  made=$("$cloud_home/guest-image")
  mkdir -p "$dir"
  cp "$made/vmlinuz" "$made/initrd" "$dir/"
  cp "$made/disk-512M-24.qcow2" "$dir/disk.qcow2"
  note VG_TEST_GUESTS "$cloud_dir/guests"
  note VG_TEST_BASE_FILE "$dir/disk.qcow2"
}

# The image that guests are made from, in the store fast alone.
guest_upload_base() {
  local id
  id=$(image_add vgtest-base qcow2 "$VG_TEST_BASE_FILE" fast \
    visibility=public os_distro=debian hw_qemu_guest_agent=yes)
  note VG_TEST_BASE_IMAGE "$id"
}

# The same as a raw image in the store ceph alone, made at the first call: to be
# called before images_snapshot, so that it is no new one.
guest_upload_ceph_base() {
  local id file=$cloud_dir/guests/base/disk.raw
  [ -z "${VG_TEST_CEPH_BASE_IMAGE-}" ] || return 0
  qemu-img convert -f qcow2 -O raw "$VG_TEST_BASE_FILE" "$file"
  id=$(image_add vgtest-ceph-base raw "$file" ceph \
    visibility=public os_distro=debian hw_qemu_guest_agent=yes)
  rm "$file"
  note VG_TEST_CEPH_BASE_IMAGE "$id"
}

# guest_define NAME [OPTION…]
#   --image UUID     Nova's guest, made from that image (default: the base)
#   --volume         Nova's guest, whose root disk is a volume
#   --policy         no guest of Nova's: our policy element names the image
#   --plain          no metadata at all
#   --rbd            its disks are RBD images: the first one a clone of that image
#                    (default: the base in the store ceph), vms/UUID_disk; where
#                    the root disk is a volume, volumes/volume-UUID
#   --disk-format F  qcow2 (an overlay on the base; default) or raw
#   --base FILE      what its disk is made from (default: the base image's)
#   --base-format F  the format of that file (qcow2)
#   --size SIZE      its disk's size, as qemu-img takes it
#   --data-disk SIZE a second disk, ext4, that it also writes to
#   --data-file SIZE the same, and it is a file also with --rbd
#   --bus BUS        virtio (default) or scsi
#   --cdrom          an empty CD drive as well, before the disks
#   --no-agent       no agent channel
#   --idle           it writes nothing once it is up
#   --pause SECONDS  it waits so long after each line that it writes (0.1)
#   --load MIB       it overwrites so much of a file, all the time, and no lines
#   --check          it compares the files that came with the disk
#   --hook           its agent runs /run/hook, where there is one; see guest_set_hook
guest_define() {
  local name=$1 origin=nova image='' format=qcow2 size='' base='' base_format=qcow2 \
    data_disk='' data_file=0 bus=virtio cdrom=0 agent=1 rbd=0 cmdline='' dir uuid volume data_volume
  shift
  while [ $# -gt 0 ]; do
    case $1 in
    --image) image=$2 && shift ;;
    --volume | --policy | --plain) origin=${1#--} ;;
    --disk-format) format=$2 && shift ;;
    --base) base=$2 && shift ;;
    --base-format) base_format=$2 && shift ;;
    --size) size=$2 && shift ;;
    --data-disk) data_disk=$2 && shift ;;
    --data-file) data_disk=$2 data_file=1 && shift ;;
    --bus) bus=$2 && shift ;;
    --rbd) rbd=1 ;;
    --cdrom) cdrom=1 ;;
    --no-agent) agent=0 ;;
    --idle | --check | --hook) cmdline+=" vg.${1#--}" ;;
    --pause | --load) cmdline+=" vg.${1#--}=$2" && shift ;;
    *) die "guest_define: unknown option $1" ;;
    esac
    shift
  done
  case $name in vgtest-?*) ;; *) die "a guest's name begins with vgtest-" ;; esac
  dir=$cloud_dir/guests/$name
  uuid=$(new_uuid)
  volume=$(new_uuid)
  data_volume=$(new_uuid)
  mkdir "$dir"
  : >"$dir/serial.log"
  if [ $rbd = 1 ]; then
    guest_make_rbd_disk
  else
    : "${image:=$VG_TEST_BASE_IMAGE}" "${base:=$VG_TEST_BASE_FILE}"
    guest_make_disk
  fi
  [ -z "$data_disk" ] || guest_make_data_disk
  guest_xml >"$dir/domain.xml"
  virsh -q define "$dir/domain.xml" >/dev/null
}

# (The functions up to guest_xml see guest_define's variables.)
guest_make_disk() {
  if [ "$format" = raw ]; then
    qemu-img convert -f "$base_format" -O raw "$base" "$dir/disk"
    [ -z "$size" ] || qemu-img resize -q -f raw "$dir/disk" "$size"
  else
    qemu-img create -q -f qcow2 -b "$base" -F "$base_format" "$dir/disk" ${size:+"$size"}
  fi
}

guest_nova_rbd() { VG_TEST_CEPH_AS=nova ceph_rbd "$@"; }

# guest_import FILE IMAGE: a raw file becomes an RBD image of the guest's.
guest_import() {
  echo "$2" >>"$dir/rbd"
  guest_nova_rbd import --no-progress "$1" "$2"
  rm "$1"
}

guest_make_rbd_disk() {
  rbd=vms/${uuid}_disk
  [ $origin != volume ] || rbd=volumes/volume-$volume
  if [ -n "$base" ]; then
    qemu-img convert -f "$base_format" -O raw "$base" "$dir/disk.raw"
    guest_import "$dir/disk.raw" "$rbd"
  else
    guest_upload_ceph_base
    : "${image:=$VG_TEST_CEPH_BASE_IMAGE}"
    echo "$rbd" >>"$dir/rbd"
    guest_nova_rbd clone "images/$image@snap" "$rbd"
  fi
  [ -z "$size" ] || guest_nova_rbd resize --no-progress --size "$size" "$rbd"
}

guest_make_data_disk() {
  mkdir "$dir/tree"
  printf '%012d\n' 0 >"$dir/tree/mark"
  mke2fs -q -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 \
    -d "$dir/tree" "$dir/disk2.raw" "$data_disk" >/dev/null
  rm -r "$dir/tree"
  if [ "$rbd" != 0 ] && [ $data_file = 0 ]; then
    guest_import "$dir/disk2.raw" "volumes/volume-$data_volume"
  else
    qemu-img convert -f raw -O qcow2 "$dir/disk2.raw" "$dir/disk2"
    rm "$dir/disk2.raw"
  fi
}

guest_metadata() {
  local root
  case $origin in
  nova) root="<nova:root type=\"image\" uuid=\"$image\"/>" ;;
  volume) root='<nova:root type="volume" uuid=""/>' ;;
  policy)
    echo "<vg:policy xmlns:vg=\"urn:virt-glance:policy\"><vg:image uuid=\"$image\"/></vg:policy>"
    return
    ;;
  plain) return ;;
  esac
  cat <<XML
    <nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1">
      <nova:package version="26.2.1"/>
      <nova:name>$name</nova:name>
      <nova:creationTime>2026-01-01 12:00:00</nova:creationTime>
      <nova:flavor name="m1.tiny">
        <nova:memory>192</nova:memory>
        <nova:disk>1</nova:disk>
        <nova:swap>0</nova:swap>
        <nova:ephemeral>0</nova:ephemeral>
        <nova:vcpus>1</nova:vcpus>
      </nova:flavor>
      <nova:owner>
        <nova:user uuid="$VG_TEST_DEMO_USER_ID">demo</nova:user>
        <nova:project uuid="$VG_TEST_DEMO_PROJECT_ID">demo</nova:project>
      </nova:owner>
      $root
    </nova:instance>
XML
}

# guest_disk FILE FORMAT LETTER [ELEMENTS]: as Nova has it, past the host's page
# cache where the file system can do that.
guest_disk() {
  local prefix=vd cache=none
  [ "$bus" = virtio ] || prefix=sd
  [ "$(stat -f -c %T "$1")" != tmpfs ] || cache=writeback
  cat <<XML
    <disk type="file" device="disk">
      <driver name="qemu" type="$2" cache="$cache" discard="unmap"/>
      <source file="$1"/>
      <target dev="$prefix$3" bus="$bus"/>${4-}
    </disk>
XML
}

# guest_rbd_disk POOL/IMAGE LETTER [ELEMENTS]: as Nova has it.
guest_rbd_disk() {
  local prefix=vd
  [ "$bus" = virtio ] || prefix=sd
  cat <<XML
    <disk type="network" device="disk">
      <driver name="qemu" type="raw" cache="writeback" discard="unmap"/>
      <auth username="nova"><secret type="ceph" uuid="$VG_TEST_CEPH_SECRET"/></auth>
      <source protocol="rbd" name="$1">
        <host name="$VG_TEST_CEPH_HOST" port="6789"/>
      </source>
      <target dev="$prefix$2" bus="$bus"/>${3-}
    </disk>
XML
}

# guest_volume UUID: what says that a disk is Cinder's volume.
guest_volume() { echo "<serial>$1</serial><alias name=\"ua-$1\"/>"; }

guest_disks() {
  local elements=''
  [ "$origin" != volume ] || elements=$(guest_volume "$volume")
  if [ "$rbd" != 0 ]; then
    guest_rbd_disk "$rbd" a "$elements"
  else
    guest_disk "$dir/disk" "$format" a "$elements"
  fi
  [ -n "$data_disk" ] || return 0
  if [ "$rbd" != 0 ] && [ "$data_file" = 0 ]; then
    guest_rbd_disk "volumes/volume-$data_volume" b "$(guest_volume "$data_volume")"
  else
    guest_disk "$dir/disk2" qcow2 b
  fi
}

guest_devices() {
  if [ "$cdrom" = 1 ]; then
    echo '<disk type="file" device="cdrom"><target dev="hda" bus="ide"/><readonly/></disk>'
  fi
  guest_disks
  [ "$bus" != scsi ] || echo '<controller type="scsi" model="virtio-scsi"/>'
  if [ "$agent" = 1 ]; then
    echo '<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>'
  fi
}

guest_xml() {
  cat <<XML
<domain type="qemu">
  <name>$name</name>
  <uuid>$uuid</uuid>
  <metadata>
$(guest_metadata)
  </metadata>
  <memory unit="MiB">192</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch="x86_64" machine="pc">hvm</type>
    <kernel>$cloud_dir/guests/base/vmlinuz</kernel>
    <initrd>$cloud_dir/guests/base/initrd</initrd>
    <cmdline>console=ttyS0 quiet panic=-1 mitigations=off no_timer_check$cmdline</cmdline>
  </os>
  <features><acpi/><tcg><tb-cache unit="MiB">64</tb-cache></tcg></features>
  <clock offset="utc"/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
$(guest_devices)
    <serial type="file"><source path="$dir/serial.log" append="on"/></serial>
    <memballoon model="none"/>
  </devices>
</domain>
XML
}

# guest_start NAME: does not wait. The serial log begins anew.
guest_start() {
  truncate -s 0 "$cloud_dir/guests/$1/serial.log"
  virsh -q start "$1" >/dev/null
}

# guest_boot NAME: starts it and waits until it is up and the agent answers.
guest_boot() {
  guest_start "$1"
  guest_wait_line "$1" 'ready'
  if [[ $(virsh dumpxml "$1") = *org.qemu.guest_agent.0* ]]; then
    guest_wait_agent "$1"
  fi
}

# guest_line NAME REGEX: prints the serial log's lines "vgtest: REGEX…".
guest_line() {
  tr -d '\r' <"$cloud_dir/guests/$1/serial.log" | grep -E "^vgtest: $2"
}

# guest_wait_line NAME REGEX [SECONDS]: until there is such a line.
guest_wait_line() {
  wait_until "${3:-120}" guest_line "$1" "$2" && return
  tail -n 20 "$cloud_dir/guests/$1/serial.log" >&2
  die "$1 did not say '$2' in ${3:-120} s"
}

guest_ping() { virsh -q qemu-agent-command "$1" '{"execute": "guest-ping"}'; }

# guest_wait_agent NAME [SECONDS]
guest_wait_agent() {
  wait_until "${2:-120}" guest_ping "$1" ||
    die "the agent of $1 did not answer in ${2:-120} s"
}

# guest_spawn NAME PROGRAM [ARGUMENT…]: starts it in the guest, prints its process
# id there, and doesn't wait.
guest_spawn() {
  local name=$1 request argument
  shift
  request=$(for argument; do
    jq -n --arg a "$argument" '$a'
  done | jq -sc '{execute: "guest-exec",
    arguments: {path: .[0], arg: .[1:], "capture-output": true}}')
  virsh -q qemu-agent-command "$name" "$request" | jq -er .return.pid
}

# guest_exec NAME PROGRAM [ARGUMENT…]: runs it in the guest, prints its
# output, and has its exit status.
guest_exec() {
  local name=$1 pid answer
  pid=$(guest_spawn "$@")
  while :; do
    answer=$(virsh -q qemu-agent-command "$name" \
      "{\"execute\": \"guest-exec-status\", \"arguments\": {\"pid\": $pid}}")
    [ "$(jq -r .return.exited <<<"$answer")" != true ] || break
    sleep 0.1
  done
  jq -r '.return["out-data"] // empty' <<<"$answer" | base64 -d
  jq -r '.return["err-data"] // empty' <<<"$answer" | base64 -d >&2
  return "$(jq -r .return.exitcode <<<"$answer")"
}

# guest_counter NAME: the number of the last line that it wrote.
guest_counter() { guest_exec "$1" /bin/tail -n 1 /data/log | cut -d' ' -f1; }

# guest_set_hook NAME SHELL-COMMANDS: run before a freeze and after a thaw, with
# "freeze" or "thaw" in $1; the agent reports an error if they fail.
guest_set_hook() { guest_exec "$1" /bin/sh -c "echo '$2' >/run/hook"; }

# guest_frozen NAME: whether its file systems are frozen, by the agent's word.
guest_frozen() {
  virsh -q qemu-agent-command "$1" '{"execute": "guest-fsfreeze-status"}' |
    jq -e '.return == "frozen"' >/dev/null
}

# guest_thawed NAME: the same; where the agent has no word, neither is so.
guest_thawed() {
  virsh -q qemu-agent-command "$1" '{"execute": "guest-fsfreeze-status"}' |
    jq -e '.return == "thawed"' >/dev/null
}

# guest_hang_agent NAME SECONDS: its agent hangs, from now on for so long. (The
# agent can't tell that it does: the serial line tells it.)
guest_hang_agent() {
  local mark=$EPOCHREALTIME
  guest_spawn "$1" /bin/sh -c "sleep 0.5; kill -STOP \$(pidof qemu-ga)
    echo vgtest: hangs $mark >/dev/console
    sleep $2; kill -CONT \$(pidof qemu-ga)" >/dev/null
  guest_wait_line "$1" "hangs $mark" 60
}

# guest_counts_on NAME: it goes on writing.
guest_counts_on() {
  local before
  before=$(guest_counter "$1")
  wait_until 60 guest_counted_past "$1" "$before"
}
guest_counted_past() { [ "$(guest_counter "$1")" -gt "$2" ]; }

# guest_state NAME: "running", "shut off" …
guest_state() { virsh -q domstate "$1" 2>/dev/null | grep .; }

guest_is() { [ "$(guest_state "$1")" = "$2" ]; }

# guest_stop NAME: shuts it down as its owner would, and waits.
guest_stop() {
  local error
  guest_is "$1" 'shut off' && return
  # Where the guest is off before its agent's answer arrives, libvirt goes on to the
  # power button, and reports that the domain is not running.
  error=$(virsh -q shutdown "$1" 2>&1) || wait_until 60 guest_is "$1" 'shut off' ||
    die "$1 can't be shut down: $error"
  guest_wait_off "$1"
}

# guest_wait_off NAME: for one that shuts down already.
guest_wait_off() {
  wait_until 120 guest_is "$1" 'shut off' || die "$1 did not shut down in 120 s"
}

# guest_undefine NAME: whatever its state; it and its files are gone then. No
# error where there is none.
guest_undefine() {
  virsh -q destroy "$1" >/dev/null 2>&1 || true
  virsh -q undefine "$1" --nvram --snapshots-metadata --checkpoints-metadata \
    >/dev/null 2>&1 || true
  guest_remove_rbd "$1"
  rm -rf "$cloud_dir/guests/${1:?}"
}

# guest_rbd NAME: its first RBD image, POOL/IMAGE.
guest_rbd() { head -n 1 "$cloud_dir/guests/$1/rbd"; }

# guest_has_rbd NAME POOL/IMAGE
guest_has_rbd() { grep -qsxF -e "$2" "$cloud_dir/guests/$1/rbd"; }

guest_remove_rbd() {
  local image
  [ -e "$cloud_dir/guests/$1/rbd" ] || return 0
  while read -r image; do
    wait_until 45 guest_remove_rbd_image "$image" </dev/null ||
      say "$image of $1 is left in Ceph"
  done <"$cloud_dir/guests/$1/rbd"
}

# (Ceph takes a client that was killed for alive for half a minute.)
guest_remove_rbd_image() {
  local snapshot
  ceph_rbd info "$1" || return 0
  for snapshot in $(ceph_rbd snap ls "$1" --format json |
    jq -r '.[] | select(.protected == "true") | .name'); do
    ceph_rbd snap unprotect "$1@$snapshot" || true
  done
  ceph_rbd snap purge --no-progress "$1" || true
  ceph_rbd rm --no-progress "$1"
}
