import CLinux

extension Session {
    /// The index of an interface; `nil` where no interface has that name.
    public mutating func index(of name: InterfaceName) throws(NetlinkError) -> Int32? {
        let operation = "look up interface \(name)"
        let sequence = nextSequence()
        var writer = MessageWriter(capacity: 64)
        writer.message(RTM_GETLINK, flags: NLM_F_REQUEST, sequence: sequence, body: ifinfomsg()) {
            $0.attribute(IFLA_IFNAME, name.description)
        }
        try send(writer.bytes, operation: operation)
        var index: Int32?
        var refusal: Refusal?
        try receive(capacity: 16384, operation: operation) { (message) throws(NetlinkError) in
            guard message.header.nlmsg_seq == sequence else { return }
            if message.type == Int(NLMSG_ERROR) { refusal = Refusal(message) }
            if message.type == RTM_NEWLINK { index = message.body(ifinfomsg.self)?.ifi_index }
        }
        if let refusal, refusal.errno != ENODEV {
            throw NetlinkError(
                .refused(errno: refusal.errno, explanation: refusal.explanation), operation: operation)
        }
        return index
    }

    /// All interfaces, in the order of their indexes.
    public mutating func links() throws(NetlinkError) -> [Link] {
        try list(RTM_GETLINK, body: ifinfomsg(), operation: "list interfaces", Link.init)
            .sorted { $0.index < $1.index }
    }

    /// All IPv4 addresses.
    public mutating func addresses() throws(NetlinkError) -> [InterfaceAddress] {
        var body = ifaddrmsg()
        body.ifa_family = UInt8(AF_INET)
        return try list(RTM_GETADDR, body: body, operation: "list addresses", InterfaceAddress.init)
    }

    /// All IPv4 routes of the main table.
    public mutating func routes() throws(NetlinkError) -> [Route] {
        var body = rtmsg()
        body.rtm_family = UInt8(AF_INET)
        return try list(RTM_GETROUTE, body: body, operation: "list routes", Route.init)
    }

    /// Takes a list in as many datagrams as the kernel needs; from the beginning where it changed meanwhile.
    private mutating func list<Body: BitwiseCopyable, Element>(
        _ type: Int, body: Body, operation: String, _ element: (ReceivedMessage) -> Element?
    ) throws(NetlinkError) -> [Element] {
        for _ in 0..<8 {
            let sequence = nextSequence()
            var writer = MessageWriter(capacity: 32)
            writer.message(type, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: sequence, body: body)
            try send(writer.bytes, operation: operation)
            if let elements = try collectList(sequence: sequence, operation: operation, element) { return elements }
        }
        throw NetlinkError(.keepsChanging, operation: operation)
    }

    /// Takes the parts of one list; `nil` where it changed while the kernel wrote it.
    private func collectList<Element>(
        sequence: UInt32, operation: String, _ element: (ReceivedMessage) -> Element?
    ) throws(NetlinkError) -> [Element]? {
        var elements: [Element] = []
        var isComplete = false
        var isConsistent = true
        while !isComplete {
            try receive(capacity: 32768, operation: operation) { (message) throws(NetlinkError) in
                guard message.header.nlmsg_seq == sequence else { return }
                if message.header.nlmsg_flags & UInt16(NLM_F_DUMP_INTR) != 0 { isConsistent = false }
                switch message.type {
                case Int(NLMSG_DONE): isComplete = true
                case Int(NLMSG_ERROR):
                    guard let refusal = Refusal(message) else {
                        throw NetlinkError(.malformedAnswer, operation: operation)
                    }
                    throw NetlinkError(
                        .refused(errno: refusal.errno, explanation: refusal.explanation), operation: operation)
                default:
                    if let value = element(message) { elements.append(value) }
                }
            }
        }
        return isConsistent ? elements : nil
    }
}
