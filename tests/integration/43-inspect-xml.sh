#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "inspect --xml" with files that are no domain's XML, or hostile: one sentence,
# soon, in little memory, and nothing else is opened or asked.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"
requires setpriv strace

a_guest vgtest-inspect --idle
images_snapshot
good=$VG_TEST_GUESTS/vgtest-inspect/domain.xml
sanitized=$(grep -lF __asan_init "$VG_BUILDDIR/virt-glance") || true

# inspect FILE [OPTION…]: with neither libvirt nor OpenStack to be had, and with
# little time and memory (more than which sanitizers need).
inspect() (
  [ -n "$sanitized" ] || ulimit -v 500000
  unset LIBVIRT_DEFAULT_URI
  without_openstack timeout 60 "${virt_glance_args[@]}" inspect --xml "$@"
)

refuses_file() {
  refuses "$1" "$2" inspect "$3"
  [ "$(wc -c <"$tmp/err")" -lt 600 ] || fail "the sentence is too long"
}

# put NAME: a file, from stdin.
put() { cat >"$tmp/$1"; }

expect 0 inspect "$good"
grep -q vgtest-inspect "$tmp/out" || fail "it doesn't show the domain"
expect 0 inspect - <"$good"
expect 0 inspect "$good" --json
jq -e '.domain == "vgtest-inspect"' "$tmp/out" >/dev/null || fail "that isn't its JSON"

# Not there, not a file, not for us.
refuses_file 1 "$tmp/none.xml' can't be read: No such file" "$tmp/none.xml"
refuses_file 1 "$tmp' can't be read: Is a directory" "$tmp"
refuses_file 1 "can't be read: No such file" ''
refuses_file 1 "can't be read: Not a directory" "$good/x"
refuses_file 1 "can't be read: File name too long" "/$(printf 'x%.0s' {1..400})"
ln -s loop "$tmp/loop"
refuses_file 1 "can't be read: Too many levels" "$tmp/loop"
install -m 000 "$good" "$tmp/closed.xml"
refuses 1 "$tmp/closed.xml' can't be read: Permission denied" \
  setpriv --reuid nobody --clear-groups "$VG_BUILDDIR/virt-glance" \
  --config /dev/null inspect --xml "$tmp/closed.xml"

# Without an end, or with too much.
refuses_file 3 '/dev/zero: .*too long.* the limit is' /dev/zero
refuses_file 3 '/dev/urandom: .*too long' /dev/urandom
truncate -s 8T "$tmp/huge.xml" 2>/dev/null || truncate -s 8G "$tmp/huge.xml"
refuses_file 3 'huge.xml: .*too long' "$tmp/huge.xml"
rm "$tmp/huge.xml"

# Nothing, or something else.
: | put empty.xml
printf ' \n\n' | put blank.xml
put text.xml <<<'vda 8G'
head -c 5000 /dev/urandom | put random.xml
cp "$VG_BUILDDIR/virt-glance" "$tmp/binary.xml"
cp "$VG_TEST_BASE_FILE" "$tmp/disk.xml"
put json.xml <<<'{"domain": "a"}'
put root.xml <<<'<network><name>default</name></network>'
put namespace.xml <<<'<domain xmlns="urn:other"><name>a</name></domain>'
put html.xml <<<'<!DOCTYPE html><html><body>404</body></html>'
put two.xml <<<'<domain><name>a</name></domain><domain/>'
put nameless.xml <<<'<domain><devices/></domain>'
while IFS='|' read -r name regex; do
  refuses_file 3 "$tmp/$name.xml: .*$regex" "$tmp/$name.xml"
done <<'CASES'
empty|empty
blank|not well-formed at line
text|not well-formed at line 1
random|(UTF-8|well-formed)
binary|(UTF-8|too long|well-formed)
disk|(UTF-8|too long|well-formed)
json|not well-formed at line 1
root|root element is <network>, not <domain>
namespace|namespace 'urn:other'
html|document type declaration
two|not well-formed at line 1
nameless|no <name>
CASES

# Cut at any place: an error, or (behind the end) the domain.
size=$(wc -c <"$good")
for part in 1 5 10 25 50 75 90 99; do
  head -c $((size * part / 100)) "$good" | put cut.xml
  refuses_file 3 'cut.xml: .*not well-formed at line' "$tmp/cut.xml"
done

# Entities: bombs, files, addresses; within the document and from outside.
put secret <<<'vgtest-secret-word'
read -r port < <(free_ports 1)
put laughs.xml <<'XML'
<!DOCTYPE domain [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
<!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">]>
<domain><name>&h;</name></domain>
XML
{
  printf '<!DOCTYPE domain [<!ENTITY a "'
  head -c 100000 /dev/zero | tr '\0' a
  printf '">]><domain><name>'
  printf '&a;%.0s' {1..50000}
  printf '</name></domain>'
} | put quadratic.xml
put file.xml <<XML
<!DOCTYPE domain [<!ENTITY x SYSTEM "file://$tmp/secret">]><domain><name>&x;</name></domain>
XML
put http.xml <<XML
<!DOCTYPE domain [<!ENTITY x SYSTEM "http://127.0.0.1:$port/x">]><domain><name>&x;</name></domain>
XML
put dtd.xml <<XML
<!DOCTYPE domain SYSTEM "http://127.0.0.1:$port/x.dtd"><domain><name>a</name></domain>
XML
put parameter.xml <<XML
<!DOCTYPE domain [<!ENTITY % x SYSTEM "file://$tmp/secret"> %x;]><domain><name>a</name></domain>
XML
for name in laughs quadratic file http dtd parameter; do
  refuses_file 3 "$name.xml: .*document type declaration.*refused" "$tmp/$name.xml"
  ! grep -q vgtest-secret-word "$tmp/err" "$tmp/out" || fail "it tells what is in another file"
done
if [ -z "$sanitized" ]; then
  for name in file http dtd parameter; do
    strace -f -o "$tmp/strace" -e trace=openat,open,connect \
      "${virt_glance_args[@]}" inspect --xml "$tmp/$name.xml" >/dev/null 2>&1 || true
    grep -q "$name.xml" "$tmp/strace" || fail "strace sees nothing"
    ! grep -E "$tmp/secret|sin_port=htons\($port\)" "$tmp/strace" || fail "it follows an entity"
  done
fi
put include.xml <<XML
<domain xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file://$tmp/secret" parse="text"/>
<name>a</name></domain>
XML
refuses_file 3 'include.xml: .*no disk' "$tmp/include.xml"

# Deep, wide, long.
{
  printf '<domain><name>a</name>'
  printf '<x>%.0s' {1..100000}
} | put deep.xml
{
  printf '<domain><name>a</name><devices>'
  printf '<x a%d="1"/>' {1..100000}
  printf '</devices></domain>'
} | put wide.xml
{
  printf '<domain '
  printf 'a%d="1" ' {1..100000}
  printf '><name>a</name></domain>'
} | put attributes.xml
{
  printf '<domain><name>'
  head -c 6000000 /dev/zero | tr '\0' n
  printf '</name></domain>'
} | put long.xml
for name in deep wide attributes long; do
  refuses_file 3 "$name.xml: " "$tmp/$name.xml"
done
assert_clean vgtest-inspect 'shut off'
