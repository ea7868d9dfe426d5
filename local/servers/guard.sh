# Outlives the process that started it by a moment: it knows the process groups that were started and ends them when its
# standard input closes, which happens even when that process was killed with -9. In shell, because a shell costs no memory.
# Input: `add <group> <signal>` and `del <group>`, one per line.
trap '' INT TERM HUP
list=''
while read -r op pid sig; do
  case $op in
    add) list="$sig:$pid $list" ;;
    del) rest=''; for e in $list; do [ "${e#*:}" = "$pid" ] || rest="$rest $e"; done; list=$rest ;;
  esac
done
for e in $list; do kill -s "${e%%:*}" -- "-${e#*:}" 2>/dev/null; done
n=0
while [ $n -lt 50 ]; do
  alive=''
  for e in $list; do kill -s 0 -- "-${e#*:}" 2>/dev/null && alive=1; done
  [ -z "$alive" ] && exit 0
  sleep 0.1
  n=$((n+1))
done
for e in $list; do kill -s KILL -- "-${e#*:}" 2>/dev/null; done
