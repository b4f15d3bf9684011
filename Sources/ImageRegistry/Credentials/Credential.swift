/// What a user proves to a registry who they are with.
public enum Credential: Hashable, Sendable {
    /// A name and a password or access token.
    case password(username: String, password: String)
    /// A refresh token, which is exchanged for access tokens (OAuth 2.0).
    case identityToken(String)
    /// A token that is sent as it is.
    case registryToken(String)
}
