#!/bin/bash
declare -A count
state=1
for ((i = 0; i < 20000; i++)); do
    state=$(((state * 1103515245 + 12345) % 2147483648))
    count["key $((state % 500))"]+=${state: -1}
done
for key in "${!count[@]}"; do echo "$key=${count[$key]}"; done | sort | cksum
list=()
for ((i = 0; i < 20000; i++)); do list+=("item $i ${list[i / 2]:0:40}"); done
printf '%s\n' "${list[@]}" | cksum
text=$(printf 'word%d ' {1..3000})
text=${text//word/WORD}
echo "${#text} ${text: -20}"
depth() { (($1)) && depth $(($1 - 1)) || echo bottom; }
depth 500
nest() { if (($1)); then printf '%s %d' "$(nest $(($1 - 1)))" "$1"; fi; }
nest 60 | cksum
while read -r a b; do echo "$b $a"; done < <(printf '%d %d\n' {1..2000}) | cksum
cat << END | cksum
${list[*]:100:1000}
END
for i in {1..10}; do (exit "$i") & wait $!; echo -n "$? "; done
echo
[[ $text =~ WORD([0-9]+)\ WORD([0-9]+) ]] && echo "${BASH_REMATCH[@]}"
trap 'held=$(printf %5000s x); echo "trapped ${#held}"' USR1
kill -USR1 $$
printf -v joined '%s,' "${list[@]: -50}"
echo "$joined" | cksum
