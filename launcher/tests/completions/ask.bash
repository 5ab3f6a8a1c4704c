# What the completions in the file of the first argument make of "starmalloc ru".
source "$1"
COMP_WORDS=(starmalloc ru) COMP_CWORD=1
_starmalloc starmalloc ru starmalloc
echo "${COMPREPLY[@]}"
