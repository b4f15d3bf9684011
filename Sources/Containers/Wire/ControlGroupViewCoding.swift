import ControlGroups

extension ControlGroupView: WireCodable {
    func encode(to writer: inout WireWriter) {
        switch self {
        case .unified(let path):
            writer.write(0 as UInt8, path)
        case .legacy(let entries):
            writer.write(1 as UInt8, entries)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .unified(path: try reader.read())
        case 1: self = .legacy(try reader.read())
        default: throw WireError()
        }
    }
}

extension ControlGroupView.Entry: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(name, links, path)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(name: try reader.read(), links: try reader.read(), path: try reader.read())
    }
}
