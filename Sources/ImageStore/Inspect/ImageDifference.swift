extension ImageStore {
    /// The paths in which the file systems of two images differ, in their order.
    ///
    /// Compared are type, mode, owner, content, target, device number and attributes; times are not.
    public func changes(from first: StoredImage, to second: StoredImage) throws(ImageStoreError) -> [FileChange] {
        try storing { try FileTree(layers: first.layers).changes(to: FileTree(layers: second.layers)) }
    }
}
