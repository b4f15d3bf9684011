import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OCI
import RegistryProtocol
import Synchronization

/// One place that has images: a registry, or a mirror of one.
///
/// Knows how to speak to it, proves who the user is, and asks again when a request fails for a reason that passes.
actor Origin {
    /// A request below `/v2/`, as it is made every time.
    struct Call: Sendable {
        var method: HTTPMethod = .GET
        /// Below `/v2/`; or a whole address where the registry has given one.
        var path: String
        var headers = HTTPHeaders()
        /// What a token must allow.
        var scopes: [String] = []
        var body: (@Sendable () -> HTTPClientRequest.Body)?
        /// Failures that pass are the caller's to repeat.
        var isTriedOnce = false
        /// The time until the answer is the caller's to bound.
        var isUnbounded = false
    }

    /// Who is asked; how to speak to it may only be known later.
    nonisolated let given: Endpoint
    nonisolated let isMirror: Bool
    nonisolated let authorizer: Authorizer
    private let transport: Transport
    private let isInsecure: Bool
    private let retry: RetryPolicy
    private let hasAnswered = Atomic(false)
    private let notice: @Sendable (String) -> Void
    private var resolution: Task<Endpoint, any Error>?

    init(
        endpoint: Endpoint, isMirror: Bool, authorizer: Authorizer, transport: Transport, isInsecure: Bool,
        retry: RetryPolicy, notice: @escaping @Sendable (String) -> Void
    ) {
        given = endpoint
        self.isMirror = isMirror
        self.authorizer = authorizer
        self.transport = transport
        self.isInsecure = isInsecure
        self.retry = retry
        self.notice = notice
    }

    /// The address with the scheme that is spoken there.
    ///
    /// Where plain HTTP is acceptable, on the loopback and where the user says so, TLS is tried first.
    func endpoint() async throws -> Endpoint {
        guard !given.isSchemeGiven, given.isLoopback || isInsecure else { return given }
        if let resolution { return try await resolution.value }
        let task = Task { [transport, given, authorizer] in
            do {
                let answer = try await transport.send(Transport.Request(method: .GET, url: given.url("")))
                _ = try await answer.collect(upTo: 1 << 20)
                if answer.status == 401 { await authorizer.learn(answer.headers["www-authenticate"]) }
                return given
            } catch let error as TransportError where error.cause == .notTLS {
                return given.with(.http)
            } catch let error as TransportError {
                // Where nobody listens at TLS's own port, plain HTTP has another one.
                guard [.connection, .absent].contains(error.cause), given.with(.http).port != given.port else {
                    throw error
                }
                return given.with(.http)
            }
        }
        resolution = task
        do {
            return try await task.value
        } catch {
            resolution = nil
            throw error
        }
    }

    /// Makes a request until it has an answer that another try would not change.
    ///
    /// - Throws: ``RegistryError``: `unreachable`, `untrusted`, `unauthorized`, `throttled`, …; of a call that is tried
    ///   once ``TransportError`` too. Any status but 401, 429 and 5xx is the caller's to judge.
    nonisolated func perform(_ call: Call) async throws -> Transport.Answer {
        var failures = 0
        while true {
            do {
                let answer = try await authorized(call)
                hasAnswered.store(true, ordering: .relaxed)
                guard Self.passes(answer.status) else { return answer }
                failures += 1
                let wait = try wait(answer, failures, isLast: failures >= retry.attempts || call.isTriedOnce)
                try await Task.sleep(for: wait)
            } catch let error as TransportError {
                failures += 1
                let isFinal = [.certificate, .notTLS].contains(error.cause)
                if call.isTriedOnce, !isFinal { throw error }
                // A name that is written wrong stays wrong; a registry that has answered before may come back.
                let isAbsent = error.cause == .absent && !hasAnswered.load(ordering: .relaxed)
                guard !isFinal, !isAbsent, failures < retry.attempts else { throw error.described(given.authority) }
                try await pause(after: failures, error.detail)
            }
        }
    }

    /// Waits before another try, and says so.
    nonisolated func pause(after failures: Int, _ reason: String) async throws {
        let delay = retry.delay(after: failures)
        notice("\(given.authority): \(reason); try \(failures + 1) of \(retry.attempts) in \(Self.words(delay))")
        try await Task.sleep(for: delay)
    }

    nonisolated var attempts: Int { retry.attempts }

    private nonisolated func authorized(_ call: Call) async throws -> Transport.Answer {
        let endpoint = try await self.endpoint()
        var request = Transport.Request(method: call.method, url: call.path, headers: call.headers)
        if !call.path.contains("://") { request.url = endpoint.url(call.path) }
        // An address that an answer has named gets proof only where it is the registry's own.
        let isOwn = try Transport.endpoint(of: request.url).origin == endpoint.origin
        var authorization = isOwn ? try await authorizer.authorization(scopes: call.scopes) : nil
        for _ in 0..<3 {
            request.authorization = authorization
            request.body = call.body?()
            request.isUnbounded = call.isUnbounded
            let answer = try await transport.send(request)
            guard answer.status == 401, isOwn, answer.endpoint.origin == endpoint.origin else { return answer }
            _ = try await answer.collect(upTo: 1 << 20)
            let next = try await authorizer.authorization(
                after: answer.headers["www-authenticate"], scopes: call.scopes, rejected: authorization)
            guard let next else { break }
            authorization = next
        }
        throw RegistryError(
            .unauthorized,
            authorizer.hasCredential
                ? "\(given.authority) does not take the credentials that are kept for it"
                : "\(given.authority) wants credentials",
            remedy: "log in with 'harness login \(given.authority)'")
    }

    private nonisolated func wait(_ answer: Transport.Answer, _ failures: Int, isLast: Bool) throws -> Duration {
        let asked = answer.headers.first(name: "retry-after").flatMap { RetryPolicy.seconds($0) }
        let reason = answer.status == 429 ? "too many requests (status 429)" : "status \(answer.status)"
        let kind: RegistryError.Kind = answer.status == 429 ? .throttled : .unreachable
        let delay = asked.map { Duration.seconds($0) } ?? retry.delay(after: failures)
        guard delay <= retry.longestWait else {
            throw RegistryError(
                kind, "\(given.authority): \(reason), and it asks to wait \(Self.words(delay))",
                remedy: "try again then")
        }
        if isLast {
            throw RegistryError(
                kind, "\(given.authority): \(reason), \(failures) times", remedy: "try again later")
        }
        let who = asked == nil ? "" : ", it asks to wait"
        notice("\(given.authority): \(reason)\(who); try \(failures + 1) of \(retry.attempts) in \(Self.words(delay))")
        return delay
    }

    /// Whether a status stands for something that may be over soon.
    private static func passes(_ status: Int) -> Bool { [408, 429, 500, 502, 503, 504].contains(status) }

    private static func words(_ duration: Duration) -> String {
        let seconds = duration / .seconds(1)
        return seconds < 10 ? "\(Double(Int(seconds * 10)) / 10) s" : "\(Int(seconds.rounded(.up))) s"
    }
}
