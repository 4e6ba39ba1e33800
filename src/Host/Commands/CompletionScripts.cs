namespace Pggan.Host;

/// <summary>
/// The scripts of pggan completion. Each asks the program, <c>pggan "[suggest:POSITION]" "LINE"</c>, with the line behind the program's name; where it
/// knows nothing, files are completed.
/// </summary>
internal static class CompletionScripts
{
    private const string Bash = """
        # Completes pggan in bash: source <(pggan completion bash), here or in ~/.bashrc.
        # pggan must be a command. Link the file that the build makes:
        #   ln -s "$PWD/src/Host/bin/Debug/net10.0/pggan" ~/.local/bin/pggan
        # or make it a function: pggan() { dotnet /path/to/pggan.dll "$@"; }
        _pggan() {
            local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" found
            line="${line#"${COMP_WORDS[0]}"}"
            line="${line#"${line%%[![:space:]]*}"}"
            COMPREPLY=()
            while IFS= read -r found; do
                [[ "$found" == "$word"* ]] && COMPREPLY+=("$found")
            done < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
            if [[ ${#COMPREPLY[@]} == 1 && "${COMPREPLY[0]}" == *= ]]; then
                compopt -o nospace 2>/dev/null
            fi
        }
        complete -o bashdefault -o default -F _pggan pggan
        """;

    private const string Zsh = """
        #compdef pggan
        # Completes pggan in zsh: source <(pggan completion zsh) behind compinit in ~/.zshrc, or save it as _pggan in a folder of $fpath.
        # pggan must be a command. Link the file that the build makes:
        #   ln -s "$PWD/src/Host/bin/Debug/net10.0/pggan" ~/.local/bin/pggan
        # or make it a function: pggan() { dotnet /path/to/pggan.dll "$@" }
        _pggan() {
            local line="${(j: :)words[2,CURRENT-1]} $PREFIX"
            line="${line# }"
            local -a found keys
            found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            found=("${(@M)found:#${(b)PREFIX}?*}")
            keys=("${(@M)found:#*=}")
            found=("${(@)found:#*=}")
            if (( $#found + $#keys )); then
                compadd -- "${found[@]}"
                compadd -S '' -- "${keys[@]}"
            else
                _files
            fi
        }
        compdef _pggan pggan
        """;

    private const string Fish = """
        # Completes pggan in fish: pggan completion fish > ~/.config/fish/completions/pggan.fish
        # pggan must be a command. Link the file that the build makes:
        #   ln -s "$PWD/src/Host/bin/Debug/net10.0/pggan" ~/.local/bin/pggan
        # or make it a function: function pggan; dotnet /path/to/pggan.dll $argv; end
        function __pggan_complete
            set -l words (commandline -opc)
            set -l line (string join ' ' -- $words[2..-1] (commandline -ct | string collect --allow-empty))
            pggan "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c pggan -a '(__pggan_complete)'
        """;

    private const string Pwsh = """
        # Completes pggan in PowerShell: pggan completion pwsh | Out-String | Invoke-Expression, here or in $PROFILE.
        # pggan must be a command. Put the folder of the file that the build makes on the path:
        #   $env:PATH += [IO.Path]::PathSeparator + "$PWD/src/Host/bin/Debug/net10.0"
        # or make it a function: function pggan { dotnet /path/to/pggan.dll @args }
        Register-ArgumentCompleter -Native -CommandName pggan -ScriptBlock {
            param($word, $ast, $cursor)
            $length = $cursor - $ast.Extent.StartOffset
            $line = "$ast".PadRight($length).Substring(0, $length)
            $line = $line.Substring($ast.CommandElements[0].Extent.Text.Length).TrimStart()
            pggan "[suggest:$($line.Length)]" "$line" 2>$null | Where-Object { $_.StartsWith($word) } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    /// <summary>Shells that there is a script for.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "pwsh"];

    /// <summary>The script of a shell, or null where there is none.</summary>
    public static string? Of(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        "pwsh" => Pwsh,
        _ => null,
    };
}
