#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The plan of the house, checked: which room may include which, who may use
# which library, how long things may be, and how the code is laid out. Prints
# TAP. See docs/ARCHITECTURE.md and docs/HACKING.md.
set -u
export LC_ALL=C

srcdir=$(cd "${VG_SRCDIR:-$(dirname "$0")/../..}" && pwd)

# Below are "rules": functions that are given a tree's root and print one line
# for each thing that is wrong in it.

c_files() {
    (cd "$1" && find hooks plugin tests -name '*.[ch]' | sort)
}

# (Some have no ending.)
bash_files() {
    (cd "$1" && find .ci bench packaging tests -type f \( -name '*.sh' -o ! -name '*.*' \) \
        -exec grep -lIE '^#!.*bash|shellcheck shell=bash' {} + | sort)
}

# A room may include itself and those to the right of its name.
includes() {
    # shellcheck disable=SC2016
    (cd "$1" && find hooks plugin -name '*.[ch]' | sort | xargs -r awk '
    BEGIN {
        may["main.c"] = "cmd util"
        may["cmd"] = "agent choose restore job instant plan journal request inventory " \
            "glance image disk host domain util"
        may["agent"] = "job journal request inventory glance host domain util"
        may["restore"] = "job instant plan journal request inventory glance " \
            "disk host domain util"
        may["job"] = "instant plan journal request inventory glance image " \
            "disk host domain util"
        may["choose"] = "plan request inventory glance domain util"
        may["instant"] = "plan journal request image disk host domain util"
        may["plan"] = "request inventory domain util"
        may["request"] = "domain util"
        may["journal"] = may["image"] = may["inventory"] = "util"
        may["glance"] = "inventory util"
        may["disk"] = "host util"
        may["host"] = "domain util"
        may["domain"] = "util"
        may["util"] = ""
        may["hooks"] = "request domain util"

        # A library belongs to one room, or to the files of one name.
        owner["libxml"] = "domain"
        owner["libnbd.h"] = owner["rbd"] = owner["rados"] = "disk"
        owner["seccomp.h"] = "disk"
        owner["curl"] = owner["yaml.h"] = owner["openssl"] = "glance"
        owner["zlib.h"] = owner["zstd.h"] = "image"
        owner["libvirt"] = owner["libvirt-glib"] = "host"
        owner["systemd"] = "agent choose" # the daemons
        owner["libsoup"] = "choose"
        owner["json-c"] = "util/json"
        owner["dlfcn.h"] = "util/module"
        n = split("glib.h glib gio glib-unix.h glib-object.h gmodule.h sys " \
            "linux netinet arpa assert.h ctype.h dirent.h errno.h fcntl.h " \
            "fnmatch.h getopt.h glob.h grp.h inttypes.h limits.h locale.h " \
            "malloc.h math.h mntent.h netdb.h poll.h pthread.h pwd.h sched.h " \
            "signal.h spawn.h stdarg.h stdatomic.h stdbool.h stddef.h " \
            "stdint.h stdio.h stdlib.h string.h strings.h sysexits.h " \
            "syslog.h termios.h threads.h time.h unistd.h wchar.h", plain)
        for (i = 1; i <= n; i++)
            everybody[plain[i]] = 1
    }

    function wrong(what) {
        printf "%s:%d: %s\n", FILENAME, FNR, what
    }

    function check_room(header,   to) {
        if (header == "config.h")
            return
        to = header
        if (!sub("/.*", "", to))
            return wrong("\"" header "\" is not written as \"room/header.h\"")
        if (to != room && index(" " may[room] " ", " " to " ") == 0)
            wrong(room " must not know " to " (" header ")")
        if (to != room && header ~ /\/private\.h$/)
            wrong(header " is for " to " alone")
    }

    function check_library(header,   library, who) {
        library = header
        sub("/.*", "", library)
        if (library in everybody)
            return
        if (!(library in owner))
            return wrong("<" header "> is of no library that a room owns")
        who = owner[library]
        if (index(" " who " ", " " room " ") == 0 && who != file)
            wrong("only " who " may include <" header ">")
    }

    FNR == 1 {
        file = FILENAME
        sub("^plugin/", "", file)
        room = file
        sub("/.*", "", room)
        sub("\\.[ch]$", "", file)
        if (!(room in may))
            wrong("there is no room " room)
    }

    /^[ \t]*#[ \t]*(include|import)/ {
        header = $0
        sub(/^[^<"]*/, "", header)
        quote = substr(header, 1, 1)
        header = substr(header, 2)
        sub(/[>"].*/, "", header)
        if (quote == "\"")
            check_room(header)
        else if (quote == "<")
            check_library(header)
        else
            wrong("an include that is no file name")
    }')
}

lengths() {
    (cd "$1" && { c_files .; bash_files .; } | xargs -r awk '
    function finish() {
        if (name ~ /\.h$/ && name !~ /^tests/ && lines >= 150)
            print name ": " lines " lines; headers stay under 150"
        else if (lines >= 500)
            print name ": " lines " lines; files stay under 500"
    }
    FNR == 1 { finish(); name = FILENAME; start = 0 }
    { lines = FNR }
    /^\{/ { start = FNR }
    /^\}/ && start {
        if (FNR - start - 1 >= 60)
            print name ":" start ": a function of " FNR - start - 1 \
                " lines; they stay under 60"
        start = 0
    }
    END { finish() }')
}

# shares: each room's share of the code, in per mille, and its name.
shares() {
    local room

    for room in "$1"/plugin/*/; do
        echo "$(find "$room" -name '*.[ch]' -exec cat {} + | wc -l) $(basename "$room")"
    done | awk '{ all += $1; lines[$2] = $1 }
        END { for (room in lines) print int(1000 * lines[room] / all), room }' | sort -rn
}

too_big() {
    shares "$1" | awk '$1 > 150 { print $2 ": " $1 / 10 " % of the code; rooms stay below 15" }'
}

# Names that C libraries newer than ours declare in the headers that all include:
# C23, and what glibc 2.37 to 2.43 added to stdlib.h, string.h, wchar.h, time.h,
# fcntl.h, sched.h, spawn.h, pthread.h and math.h. An own function or type of that
# name does not compile there. A prefix ends with an asterisk.
newer_names="call_once once_flag
    memalignment free_sized free_aligned_sized memset_explicit
    strlcpy strlcat wcslcpy wcslcat strfromd strfromf strfroml
    timespec_getres uabs ulabs ullabs uimaxabs stdc_*
    openat2 mseal pidfd_* sched_setattr sched_getattr pthread_gettid_np
    posix_spawnattr_*cgroup_np arc4random* fchmodat2 unreachable
    exp2m1 exp10m1 log2p1 log10p1 logp1 acospi asinpi atanpi atan2pi cospi sinpi
    tanpi compoundn pown powr rootn rsqrt fmaximum* fminimum*"

clashes() {
    # shellcheck disable=SC2016
    (cd "$1" && c_files . | xargs -r awk -v names="$newer_names" '
    BEGIN {
        gsub(/[ \n]+/, "|", names)
        gsub(/[*]/, "[a-z0-9_]*", names)
        word = "(" names ")"
        type = "^[a-z_][A-Za-z0-9_ ]*[ *]"
    }
    $0 ~ "^" word " [(]" || $0 ~ type word " [(]" ||
    $0 ~ "^#[ ]*define " word "([ (]|$)" ||
    $0 ~ "^} " word ";" || $0 ~ "^typedef .*[ *]" word ";" {
        print FILENAME ":" FNR ": newer C libraries declare this name: " $0
    }')
}

heads() {
    # shellcheck disable=SC2016
    (cd "$1" && c_files . | xargs -r awk '
    function finish() {
        if (name == "")
            return
        if (second !~ /^\/\* /)
            print name ": the second line does not say what it is for"
        if (name ~ /\.h$/ && !once)
            print name ": no #pragma once"
    }
    FNR == 1 { finish(); name = FILENAME; second = ""; once = 0 }
    FNR == 1 && $0 != "/* SPDX-License-Identifier: LGPL-2.1-or-later */" {
        print name ": the first line is not the license"
    }
    FNR == 2 { second = $0 }
    $0 == "#pragma once" { once = 1 }
    END { finish() }'
    find . \( -name build -o -name 'autom4te*' -o -name build-aux -o -name m4 \
        -o -name .git \) -prune -o \( -name '*.sh' -o -name '*.am' \
        -o -name configure.ac \) -print0 | xargs -r0 awk '
    function finish() {
        if (name != "" && !licensed)
            print name ": no license in the first two lines"
    }
    FNR == 1 { finish(); name = FILENAME; licensed = 0 }
    FNR <= 2 && /SPDX-License-Identifier: LGPL-2.1-or-later/ { licensed = 1 }
    END { finish() }')
}

# A test that no makefile names is not run.
unnamed() {
    local named file

    (cd "$1" && named=$(find . -name local.am -exec cat {} + |
        grep -oE 'tests/(unit|fuzz)/[A-Za-z0-9_/.-]+')
    find tests/unit -name 'test-*.[cs]*' | while read -r file; do
        grep -qxF -e "$file" -e "${file%.c}" <<<"$named" ||
            echo "$file: no local.am names it"
    done
    # (The script would never be run.)
    find tests/unit -name 'test-*.[cs]*' | sed 's/\.[a-z]*$//' | sort | uniq -d |
        sed 's/$/: a program and a script would share a log/')
}

layout() {
    (cd "$1" && c_files . |
        xargs -r clang-format --style=file --dry-run -Werror 2>&1 |
        grep -E '(error|warning):')
}

# named_in_docs DIR: tests that a page names, and that don't exist.
named_in_docs() {
    local page name

    # shellcheck disable=SC2016 # Markdown
    (cd "$1" && grep -oE '`(test|fuzz|[0-9]{2})-[a-z0-9-]+(\.sh|\.c)?`' docs/*.md) |
        tr -d '`' | sort -u | while IFS=: read -r page name; do
        name=${name%.*}
        [[ -n $(find "$1/tests" -name "$name.c" -o -name "$name.sh") ]] ||
            echo "$page: there is no test $name"
    done
}

# test NAME WRONG: passes when nothing is wrong.
failures=0
tests=0
test_none() {
    tests=$((tests + 1))
    if [[ -z $2 ]]; then
        echo "ok $tests $1"
    else
        echo "# ${2//$'\n'/$'\n# '}"
        echo "not ok $tests $1"
        failures=$((failures + 1))
    fi
}

# test_found NAME WRONG EXPECTED…: passes when each is in a line of its own.
test_found() {
    local name=$1 wrong=$2 missing="" lines line

    shift 2
    for line; do
        grep -qF -- "$line" <<<"$wrong" || missing+="not found: $line"$'\n'
    done
    lines=$(grep -c . <<<"$wrong")
    ((lines == $#)) || missing+="$# are wrong, found $lines: $wrong"$'\n'
    test_none "$name" "${missing%$'\n'}"
}

# A small tree in which much is wrong: the rules must see it.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/tests "$tree"/hooks "$tree"/plugin/{job,util,disk,image,glance,attic}

put() {
    printf '/* SPDX-License-Identifier: LGPL-2.1-or-later */\n/* A test. */\n' \
        >"$tree/$1"
    printf '%b' "$2" >>"$tree/$1"
}

put plugin/job/good.c '#include "disk/d.h"\n#include <glib.h>\n'
put plugin/util/up.c '#include "job/run.h"\n'
put plugin/image/side.c '#include "glance/glance.h"\n'
put plugin/disk/host.c '#include "host/host.h"\n#include "host/private.h"\n'
put plugin/disk/lib.c '#include <libxml/tree.h>\n  # include <libnbd.h>\n'
put plugin/glance/lib.c '#include <libvirt/libvirt.h>\n#include <curl/curl.h>\n'
put plugin/util/json.c '#include <json-c/json.h>\n'
put plugin/util/text.c '#include <json-c/json.h>\n#include <lzma.h>\n'
put plugin/attic/old.c '#include "bare.h"\n'
put hooks/hook.c '#include "request/spool.h"\n#include "job/run.h"\n#include "host/host.h"\n'
put plugin/main.c '#include "cmd/cmd.h"\n#include "glance/glance.h"\n'
test_found "wrong includes are seen" "$(includes "$tree")" \
    "plugin/util/up.c:3: util must not know job" \
    "plugin/image/side.c:3: image must not know glance" \
    "plugin/disk/host.c:4: host/private.h is for host alone" \
    "plugin/disk/lib.c:3: only domain may include <libxml/tree.h>" \
    "plugin/glance/lib.c:3: only host may include <libvirt/libvirt.h>" \
    "plugin/util/text.c:3: only util/json may include <json-c/json.h>" \
    "plugin/util/text.c:4: <lzma.h> is of no library" \
    "plugin/attic/old.c:1: there is no room attic" \
    'plugin/attic/old.c:3: "bare.h" is not written as' \
    "hooks/hook.c:4: hooks must not know job" \
    "hooks/hook.c:5: hooks must not know host" \
    "plugin/main.c:4: main.c must not know glance"

rm -rf "$tree"/plugin/*/*
for room in disk job util image glance; do
    put plugin/$room/a.c "$(printf '\\n%.0s' {1..98})"
done
for room in a b c; do
    mkdir "$tree/plugin/$room"
    put plugin/$room/a.c "$(printf '\\n%.0s' {1..63})"
done
put plugin/job/b.c "$(printf '\\n%.0s' {1..48})"
test_found "a big room is seen" "$(too_big "$tree")" "job: "

rm -rf "$tree"/plugin/* "$tree"/hooks/*
put plugin/long.h "#pragma once\n$(printf '\\n%.0s' {1..147})"
put plugin/long.c "$(printf '\\n%.0s' {1..498})"
put plugin/good.h "#pragma once\n$(printf '\\n%.0s' {1..146})"
put plugin/good.c "{\n$(printf '\\n%.0s' {1..59})}\n"
put plugin/function.c "{\n$(printf '\\n%.0s' {1..60})}\n"
mkdir -p "$tree"/{.ci,bench,packaging,tests/unit}
put tests/unit/test-long.c "$(printf '\\n%.0s' {1..498})"
put tests/unit/test-good.h "#pragma once\n$(printf '\\n%.0s' {1..496})"
{ echo '#!/bin/bash'; printf '\n%.0s' {1..499}; } >"$tree/tests/unit/test-long.sh"
{ echo '#!/usr/bin/env bash'; printf '\n%.0s' {1..499}; } >"$tree/.ci/run"
{ echo '#!/bin/bash'; printf '\n%.0s' {1..498}; } >"$tree/tests/unit/test-good.sh"
test_found "what is too long is seen" "$(lengths "$tree")" \
    "plugin/long.h: 150 lines" "plugin/long.c: 500 lines" \
    "plugin/function.c:3: a function of 60 lines" \
    "tests/unit/test-long.c: 500 lines" "tests/unit/test-long.sh: 500 lines" \
    ".ci/run: 500 lines"
rm -r "$tree/tests/unit" "$tree/.ci"

rm -rf "$tree"/plugin/*
echo '/* SPDX-License-Identifier: MIT */' >"$tree/plugin/bad.c"
put plugin/bad.h ""
put plugin/good.h "#pragma once\n"
printf '#!/bin/sh\n#\n' >"$tree/bad.sh"
printf '#!/bin/sh\n# SPDX-License-Identifier: LGPL-2.1-or-later\n' \
    >"$tree/good.sh"
test_found "missing heads are seen" "$(heads "$tree")" \
    "plugin/bad.c: the first line is not the license" \
    "plugin/bad.c: the second line" "plugin/bad.h: no #pragma once" \
    "./bad.sh: no license"

rm -rf "$tree"/plugin/*
put plugin/good.c 'once (void)\n{\n  call_once (a);\n}\nint x = 5; /* openat2 (2) */\n'
put plugin/bad.c 'static int\ncall_once (int a)\n{\n}\n'
put plugin/declared.c 'static char *memalignment (int);\n'
put plugin/type.c 'typedef struct {\n} once_flag;\ntypedef int *stdc_int;\n'
put plugin/macro.c '#define strlcpy(a) a\n#define strlcpy_more\n'
test_found "names of newer C libraries are seen" "$(clashes "$tree")" \
    "plugin/bad.c:4: newer" "plugin/declared.c:3: newer" "plugin/type.c:4: newer" \
    "plugin/type.c:5: newer" "plugin/macro.c:3: newer"

mkdir -p "$tree"/tests/unit/job
touch "$tree"/tests/unit/job/test-{a,b}.{c,sh}
echo 'check_PROGRAMS += tests/unit/job/test-a
dist_check_SCRIPTS += tests/unit/job/test-a.sh' >"$tree/plugin/local.am"
test_found "tests that are not run are seen" "$(unnamed "$tree")" \
    "tests/unit/job/test-b.c: no local.am" "tests/unit/job/test-b.sh: no local.am" \
    "tests/unit/job/test-a: a program and a script" "tests/unit/job/test-b: a program and a script"

mkdir "$tree/docs"
# shellcheck disable=SC2016 # Markdown
printf '`test-a`, `test-b.sh` and\n`job/test-c` `12-x` test-d\n' >"$tree/docs/a.md"
# shellcheck disable=SC2016
echo '`test-e`' >"$tree/docs/b.md"
test_found "tests that don't exist are seen" "$(named_in_docs "$tree")" \
    "docs/a.md: there is no test 12-x" "docs/b.md: there is no test test-e"

test_none "tests" "$(unnamed "$srcdir")"
test_none "tests that docs name" "$(named_in_docs "$srcdir")"
test_none "rooms and libraries" "$(includes "$srcdir")"
test_none "sizes of rooms" "$(too_big "$srcdir")"
test_none "lengths, of tests as well" "$(lengths "$srcdir")"
test_none "heads" "$(heads "$srcdir")"
test_none "names of newer C libraries" "$(clashes "$srcdir")"

# Other versions lay some things out in another way.
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
    rm -rf "$tree"/plugin/*
    cp "$srcdir/.clang-format" "$tree"
    put plugin/bad.c 'int  x;\n'
    test_found "a wrong layout is seen" "$(layout "$tree")" "plugin/bad.c:3:4"
    test_none "layout" "$(layout "$srcdir")"
elif [[ -n ${VG_TEST_RELEASE-} ]]; then
    echo "# $VG_TEST_RELEASE lays out C in another way: not looked at there"
else
    tests=$((tests + 1))
    echo "ok $tests layout # SKIP no clang-format 14 (Debian 12's)"
fi

echo "1..$tests"
[[ $failures == 0 ]]
