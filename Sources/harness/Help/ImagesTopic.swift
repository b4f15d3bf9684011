extension HelpTopic {
    static let images = HelpTopic(
        name: "images", abstract: "Where images come from, and how they are named.",
        text: """
            IMAGES

            Names are those of Docker: 'busybox' is docker.io/library/busybox:latest. A
            digest, or the first four or more digits of one, names an image too; a name
            with a digest (busybox@sha256:...) means exactly that content.

            An image comes

              from a registry    harness image pull postgres:16
                                 or by itself when an environment starts
              from files         harness image pull oci-archive:app.tar
                                 or oci:PATH[:TAG], docker-archive:PATH[:NAME],
                                 dir:PATH: wherever an image is named
              from packages      'build: {packages: [postgresql-15]}' in the file, or
                                 harness image bootstrap bookworm -t base
              from an archive    harness image load < image.tar    (docker save)
                                 harness image import rootfs.tar -t NAME

            There is no Dockerfile build.

            'pull_policy' of a service says when its image is fetched: 'missing' (the
            default), 'always', 'never', 'daily', 'weekly', 'every_12h', ... With
            'run --offline' no registry is asked. 'config --lock' writes the digests of
            a file's images to harness.lock, and 'run --locked' takes exactly those.

            'harness image ls' lists the store, 'image df' says what it takes, and
            'image prune' removes what nothing needs.
            """)
}
