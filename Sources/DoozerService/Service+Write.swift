import DoozerProtocol
import DoozerStore

extension Service {
    /// SET, DEL and NOP.
    func write(_ request: Doozer_Request) throws(Refusal) -> Outcome {
        if request.verb == .nop {
            return .change(store.advance(), Reply())
        }
        guard request.hasPath, request.hasRev else { throw Refusal(.missingArg) }
        guard let path = DoozerPath(request.path) else { throw Refusal(.badPath) }
        if request.verb == .set {
            let body = Array(request.value)
            let change = try refusing { () throws(StoreError) in
                try store.set(path, to: body, ifAtMost: request.rev)
            }
            return .change(change, Reply(revision: change.revision))
        }
        let change = try refusing { () throws(StoreError) in
            try store.delete(path, ifAtMost: request.rev)
        }
        return .change(change, Reply())
    }

    /// Says what the store throws in the protocol's words.
    func refusing<Value>(_ body: () throws(StoreError) -> Value) throws(Refusal) -> Value {
        do {
            return try body()
        } catch {
            switch error {
            case .tooLate: throw Refusal(.tooLate)
            case .revisionMismatch: throw Refusal(.revMismatch)
            case .isDirectory: throw Refusal(.isdir)
            case .notDirectory: throw Refusal(.notdir)
            }
        }
    }
}
