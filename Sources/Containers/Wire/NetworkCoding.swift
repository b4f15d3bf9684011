import Addresses

extension IPv4Address: WireCodable {
    func encode(to writer: inout WireWriter) { writer.write(rawValue) }
    init(from reader: inout WireReader) throws(WireError) { self.init(rawValue: try reader.read()) }
}

extension IPv6Address: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(high, low)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(high: try reader.read(), low: try reader.read())
    }
}

extension UInt64: WireCodable {}

extension HardwareAddress: WireCodable {
    func encode(to writer: inout WireWriter) { writer.bytes.append(contentsOf: bytes) }

    init(from reader: inout WireReader) throws(WireError) {
        guard let address = Self(bytes: try reader.take(6)) else { throw WireError() }
        self = address
    }
}

extension NetworkSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(mode, interfaces, domainName, hasNameServer)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            mode: try reader.read(), interfaces: try reader.read(), domainName: try reader.read(),
            hasNameServer: try reader.read())
    }
}

extension NetworkSpecification.Mode: WireCodable {
    func encode(to writer: inout WireWriter) {
        switch self {
        case .own: writer.write(0 as UInt8)
        case .host: writer.write(1 as UInt8)
        case .container(let name):
            writer.write(2 as UInt8, name)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .own
        case 1: self = .host
        case 2: self = .container(try reader.read())
        default: throw WireError()
        }
    }
}

extension InterfaceSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(
            network, name, address, prefixLength, address6, prefixLength6, gateway, gateway6, hardwareAddress, mtu)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            network: try reader.read(), name: try reader.read(), address: try reader.read(),
            prefixLength: try reader.read(), address6: try reader.read(), prefixLength6: try reader.read(),
            gateway: try reader.read(), gateway6: try reader.read(), hardwareAddress: try reader.read(),
            mtu: try reader.read())
    }
}

extension BridgeSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(gateway, prefixLength, gateway6, prefixLength6, isInternal, mtu)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            gateway: try reader.read(), prefixLength: try reader.read(), gateway6: try reader.read(),
            prefixLength6: try reader.read(), isInternal: try reader.read(), mtu: try reader.read())
    }
}
