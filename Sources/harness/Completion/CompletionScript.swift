import ArgumentParser

/// The text that a shell reads to complete what is typed for `harness`.
enum CompletionScript {
    static func text(for shell: CompletionShell) -> String {
        let script = HarnessCommand.completionScript(for: shell)
        if shell == .bash { return "\(script)\n\n\(HelpCompletion.bash)\n\n\(bashWords)\n" }
        if shell == .fish { return "\(script)\n\(HelpCompletion.fish)\n" }
        return script.replacing("'*:subcommands:'", with: HelpCompletion.zsh) + "\n"
    }

    /// Puts words together again before the parser's own function sees them.
    ///
    /// Bash breaks words at `:`, `=` and `@` too, so that `busybox:1.36` would be three arguments, and replaces nothing
    /// before the last break. And it takes everything for a file's name where one thing may be one: a service whose folder
    /// has its name would be completed to `web/`.
    private static let bashWords = #"""
        __harness_add_completions() {
            [[ "${1}" == -[fdo] ]] && compopt -o filenames 2>/dev/null
            local completion
            while IFS='' read -r completion; do
                COMPREPLY+=("${completion}")
            done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
        }

        __harness_joined() {
            local -a words=()
            local -i index last=-1 cword=0
            local rest="${COMP_LINE}" word before head start=''
            for index in "${!COMP_WORDS[@]}"; do
                word="${COMP_WORDS[index]}"
                before="${rest%%"${word}"*}"
                rest="${rest#"${before}${word}"}"
                head=''
                if [[ -z "${word}" || -n "${before}" || "${last}" -lt 1 ]]; then
                    last+=1
                    words[last]="${word}"
                elif [[ "${word}" == '=' && "${words[last]}" == --* ]]; then
                    last+=1
                    words[last]=''
                    word=''
                else
                    head="${words[last]}"
                    words[last]+="${word}"
                fi
                if [[ "${index}" -eq "${COMP_CWORD}" ]]; then
                    cword="${last}"
                    start="${head}"
                    [[ "${word}" == [:@=] ]] && start+="${word}"
                fi
            done
            local -a COMP_WORDS=("${words[@]}")
            local -i COMP_CWORD="${cword}"
            local typed="${2}"
            [[ "${typed}" == [:@=] ]] && typed=''
            _harness "${1}" "${start}${typed}" "${words[cword - 1]}"
            COMPREPLY=("${COMPREPLY[@]#"${start}"}")
            [[ "${#COMPREPLY[@]}" -eq 1 && "${COMPREPLY[0]}" == *[:/=] ]] && compopt -o nospace 2>/dev/null
            return 0
        }

        complete -F __harness_joined harness
        """#
}
