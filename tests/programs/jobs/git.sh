#!/bin/bash
set -e
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C
export GIT_COMMITTER_EMAIL=c@example.org GIT_AUTHOR_DATE='1700000000 +0000'
export GIT_COMMITTER_DATE='1700000000 +0000' GIT_CONFIG_NOSYSTEM=1
git init -q -b main work
cd work
for i in {1..15}; do
    mkdir -p "dir$((i % 4))"
    for j in {1..10}; do printf '%s\n' "line $i $j "{1..100} > "dir$((i % 4))/file$((i * j % 40))"; done
    git add -A
    git commit -q -m "commit $i"
done
git checkout -q -b side HEAD~5
printf 'side %d\n' {1..500} > side
git add side
git commit -q -m side
git checkout -q main
git merge -q --no-edit side
git rebase -q --onto HEAD~3 HEAD~2 side
git checkout -q main
# Enough history that packing has something to do, in one process.
{
    for i in {1..2000}; do
        echo "commit refs/heads/many"
        echo "committer C <c@example.org> $((1700000000 + i)) +0000"
        echo "data <<E"; echo "many $i"; echo E
        echo "M 644 inline f$((i % 50))"
        echo "data <<E"; printf "content $i %d\n" {1..12}; echo E
    done
} > ../stream
git fast-import --quiet < ../stream
git log --stat many | cksum
git -c pack.threads=4 repack -q -a -d -f --depth=20 --window=20
git -c gc.auto=0 gc --aggressive --quiet
git fsck --full --strict
cd ..
git clone -q --no-local work copy
git clone -q --bare "file://$PWD/work" bare
cd copy
git blame f1 2> /dev/null | cksum || true
git log --all --graph --format='%H %s' | cksum
git log -p --all -S'line 3' --format=%h | cksum
git grep -n 'line 1[0-4] ' | cksum
git diff --stat HEAD~5 HEAD
git archive HEAD | tar t | cksum
git fetch -q
git rev-parse HEAD origin/side origin/many
git fsck --full
git count-objects -v | grep -e count -e in-pack
