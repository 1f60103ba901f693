"""`convstep completion`: scripts that let a shell complete the command line."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.report import streams

SUMMARY = "print a script that lets a shell complete commands, options, nets and layers"
EXAMPLE = """echo 'eval "$(convstep completion bash)"' >> ~/.bashrc"""

BASH = r"""
_convstep() {
    local each found
    COMPREPLY=()
    found=$(convstep __complete --joined "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
    compopt +o default 2>/dev/null
    while IFS= read -r each; do
        [ -n "$each" ] && COMPREPLY+=("$(printf %q "$each")")
    done <<< "$found"
    case ${COMPREPLY[0]} in
        *[./=:]) [ ${#COMPREPLY[@]} -eq 1 ] && compopt -o nospace 2>/dev/null ;;
    esac
}
complete -o default -F _convstep convstep
"""

ZSH = r"""
#compdef convstep
_convstep() {
    local each found
    local -a whole begun
    found=$(convstep __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null) || { _files; return }
    for each in ${(f)found}; do
        case $each in
            *[./=:]) begun+=("$each") ;;
            *) whole+=("$each") ;;
        esac
    done
    (( $#whole )) && compadd -- $whole
    (( $#begun )) && compadd -S '' -- $begun
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _convstep convstep
"""

FISH = r"""
function __convstep_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (convstep __complete $words[2..] 2>/dev/null)
    and printf '%s\n' $found
    or __fish_complete_path (commandline -ct)
end
complete -c convstep -f -a '(__convstep_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument("shell", choices=tuple(SCRIPTS), help="which shell the script is for")


def run(args: Namespace) -> int:
    """Print the script for a shell; return the exit code."""
    streams.write(SCRIPTS[args.shell].strip().splitlines())
    return 0
