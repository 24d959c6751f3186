#!/bin/sh
# Puts the command `kicktimer` of this checkout into ~/.local/bin, and takes it away again: `make install`, `make uninstall`.
#
# The command is a shim of a few lines that calls the checkout's .venv. A file of that name that is no such shim is never
# touched. Nothing outside ~/.local/bin is written, and no shell's settings are changed: what to add is printed.
set -eu

checkout=$(cd "$(dirname "$0")/.." && pwd)
folder=$HOME/.local/bin
shim=$folder/kicktimer
marker='# The command kicktimer of a checkout, made by `make install`; `make uninstall` removes it.'

fail() {
    echo "kicktimer: $1" >&2
    exit 1
}

is_ours() { # a link is what pipx and uv make
    [ -f "$shim" ] && [ ! -L "$shim" ] && grep -qxF "$marker" "$shim" 2>/dev/null
}

is_there() {
    [ -e "$shim" ] || [ -L "$shim" ]
}

quoted() { # as one word of a shell
    printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

install_shim() {
    if is_there && ! is_ours; then
        fail "$shim is there already and was not made by make install; it stays as it is. Move it away, or call make run."
    fi
    mkdir -p "$folder" || fail "$folder cannot be made."
    new=$(mktemp "$folder/.kicktimer.XXXXXX") || fail "nothing can be written into $folder."
    trap 'rm -f "$new"' EXIT
    cat >"$new" <<EOF
#!/bin/sh
$marker
checkout=$(quoted "$checkout")
if [ ! -x "\$checkout/.venv/bin/kicktimer" ]; then
    echo "kicktimer: it is not set up in \$checkout (was that folder moved?). Call make install in the folder where it is now." >&2
    exit 127
fi
exec "\$checkout/.venv/bin/kicktimer" "\$@"
EOF
    chmod 755 "$new"
    mv -f "$new" "$shim"
    trap - EXIT
    echo "installed: $shim"
    say_path
}

say_path() {
    case ":${PATH:-}:" in
    *":$folder:"* | *":$folder/:"*)
        found=$(command -v kicktimer || true)
        if [ "$found" = "$shim" ]; then
            echo "try: kicktimer --help"
        else
            echo "But kicktimer means ${found:-nothing} in this terminal, which comes first on the PATH."
        fi
        return
        ;;
    esac
    line='export PATH="$HOME/.local/bin:$PATH"'
    case "${SHELL:-}" in
    */zsh) file='~/.zshrc' ;;
    */fish) file='~/.config/fish/config.fish' line='fish_add_path "$HOME/.local/bin"' ;;
    */bash) if [ "$(uname)" = Darwin ]; then file='~/.bash_profile'; else file='~/.bashrc'; fi ;;
    *) file='~/.profile' ;;
    esac
    echo "$folder is not on the PATH. Add this line to $file, and open a new terminal:"
    echo "  $line"
}

uninstall_shim() {
    if is_ours; then
        rm -f "$shim"
        echo "removed: $shim"
    elif is_there; then
        fail "$shim was not made by make install; it stays as it is."
    else
        echo "there is no $shim"
    fi
}

case "${1:-}" in
install) install_shim ;;
uninstall) uninstall_shim ;;
*) fail "$0 install, or $0 uninstall" ;;
esac
