# Types "starmalloc ru" and a tab into a shell of its own, and prints what that makes of it.
# Argument: the folder that the completions are in.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D
    starmalloc() { print -r \"asked=\$*=\" }; print -r ready-\$((1 + 1))"
zpty -r shell seen '*ready-2*'
zpty -w shell $'starmalloc ru\t'
zpty -r shell seen '*asked=*=*'
print -r -- ${${seen##*asked=}%%=*}
zpty -d shell
