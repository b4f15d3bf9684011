/// Which extended attributes an archive may give to a file.
enum LayerAttributes {
    /// File capabilities, and what users may set themselves.
    ///
    /// `trusted.*` is the kernel's and the administrator's: `trusted.overlay.redirect` would have overlayfs show another
    /// directory. `user.overlay.*` is the same for mounts without privileges. Labels of security modules
    /// (`security.selinux`, `security.ima`) belong to the machine, not the image. Docker keeps the same two kinds.
    static func isKept(_ name: String) -> Bool {
        name == "security.capability" || (name.hasPrefix("user.") && !name.hasPrefix("user.overlay."))
    }
}
