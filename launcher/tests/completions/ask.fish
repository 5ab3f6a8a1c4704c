# What the completions in the file of the first argument make of "starmalloc ru".
source $argv[1]
complete -C 'starmalloc ru' | string split -f 1 \t
