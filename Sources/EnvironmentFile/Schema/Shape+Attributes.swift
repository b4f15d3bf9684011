extension Shape {
    /// An attribute of the file, with its place in it.
    struct Attribute {
        /// Parts joined by dots; `*` for any name; a list's elements have the list's path.
        var path: String
        var shape: Shape
        var isRequired: Bool
    }

    /// Every attribute below this shape, those of one mapping by name, each before what is below it.
    ///
    /// - Parameter path: That of this shape; empty for the file.
    func attributes(at path: String = "") -> [Attribute] {
        var seen: Set<String> = []
        return collect(path).filter { seen.insert($0.path).inserted }
    }

    private func collect(_ path: String) -> [Attribute] {
        let prefix = path.isEmpty ? "" : path + "."
        switch self {
        case .list(let element): return element.collect(path)
        case .oneOf(let shapes): return shapes.flatMap { $0.collect(path) }
        case .dictionary(let value): return value.collect(prefix + "*")
        case .object(let fields, let required):
            return fields.sorted { $0.key < $1.key }.flatMap { key, shape in
                let attribute = Attribute(path: prefix + key, shape: shape, isRequired: required.contains(key))
                return [attribute] + shape.collect(prefix + key)
            }
        default: return []
        }
    }
}
