import YAML

extension Diagnostic {
    /// What is wrong with a file as YAML.
    init(_ error: ParseError) {
        var code = Code.syntax
        var related: [Related] = []
        switch error.kind {
        case .duplicateKey(_, let first):
            code = .duplicate
            related = [Related(first, "first given here")]
        case .undefinedAlias: code = .undefinedReference
        default: break
        }
        self.init(.error, code, .position(error.position), error.message, remedy: error.remedy, related: related)
    }
}
