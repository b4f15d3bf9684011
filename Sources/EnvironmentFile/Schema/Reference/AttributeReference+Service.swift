extension AttributeReference {
    static let identity = Section(
        "services: identity", at: "services.*",
        """
        image: The image's reference, or an image in files: `oci:PATH[:TAG]`, `oci-archive:…`, `docker-archive:…`, `dir:PATH`. Needed unless `build` makes one; with `build`, the name of the result.
        platform: The image's platform, such as `linux/amd64`.
        pull_policy: When the image is fetched: `always`, `never`, `missing`, `build`, `daily`, `weekly`, `every_12h`.
        pull_refresh_after: After which time an image is fetched again.
        container_name: A name of its own, unique in the environment.
        hostname: The name that the kernel has in the container, at most 64 characters.
        labels: Metadata for people and tools.
        label_file: Files with labels.
        annotations: Metadata for the container runtime.
        profiles: The service exists only where one of these profiles is enabled. Default: always.
        extends: A service whose attributes this one takes over: its name, or name and file.
        extends.service: The service's name.
        extends.file: The file that has it. Default: this one.
        scale: How many containers it has. Default: 1.
        attach: Whether its output is shown. Default: true.
        provider: A program that provides the service instead of a container.
        provider.type: The program.
        provider.options: Its options.
        models: Models of the top level that the service uses.
        models.*.endpoint_var: The variable with the model's address.
        models.*.model_var: The variable with the model's name.
        """)

    static let additions = Section(
        "services: additions", at: "services.*",
        """
        ready: When it is ready beyond its health check: a mapping, or a list of such. One condition is enough.
        ready.tcp: A port that takes connections.
        ready.http: A port, or `port`, `path` and `status`: a GET is answered.
        ready.http.port: The port.
        ready.http.path: The path. Default: `/`.
        ready.http.status: The status of the answer. Default: 200 to 399.
        ready.log: A POSIX extended regular expression that a line of its output matches.
        ready.file: A path that exists in the container.
        ready.exec: A command that exits with 0 in the container; a string is split as a shell splits words.
        ready.all: Whether all conditions must hold. Default: false.
        ready.timeout: How long it may take. Default: 60s.
        snapshot: Whether it is frozen once it is ready, so that the next boot starts from there.
        seed: Commands that make it ready for tests, run once before it is frozen.
        seed.command: A list, or a string that is split as a shell splits words.
        """)

    static let process = Section(
        "services: process", at: "services.*",
        """
        command: The arguments: a list, or a string that is split as a shell splits words. Default: the image's.
        entrypoint: The program before the arguments. Default: the image's; empty: none.
        environment: Variables; without a value, the caller's. They win over `env_file`.
        env_file: Files of variables: a path, or a list of paths and mappings. Later ones win.
        env_file.path: The path; relative ones start from the project directory.
        env_file.required: Whether the file has to exist. Default: true.
        env_file.format: `raw` for lines that are taken as they are.
        user: `user`, `user:group` or numbers. Default: the image's.
        working_dir: An absolute path. Default: the image's.
        init: Whether a process that reaps others is PID 1. Default: false.
        stop_signal: What stops it, such as `SIGTERM` (default) or a number.
        stop_grace_period: How long it may take after the signal before it is killed. Default: 10s.
        stdin_open: Whether its standard input stays open.
        tty: Whether it has a terminal.
        """)

    static let storage = Section(
        "services: storage", at: "services.*",
        """
        volumes: `SOURCE:TARGET[:ro]`, `TARGET`, or mappings. A path as source is bound, a name is a volume.
        volumes.type: What is mounted.
        volumes.source: A volume's name or a path of the host. Default, for a volume: one of its own.
        volumes.target: The absolute path in the container.
        volumes.read_only: Whether it can't be written to. Default: false.
        volumes.consistency: How folders are shared with virtual machines.
        volumes.bind: Options of a bind mount.
        volumes.bind.create_host_path: Whether a missing path is made, as a folder. Default: true.
        volumes.bind.propagation: Whether mounts below are passed on.
        volumes.bind.recursive: How mounts below are treated.
        volumes.bind.selinux: The label that SELinux puts on it.
        volumes.volume: Options of a volume.
        volumes.volume.nocopy: Whether an empty volume stays empty instead of taking the image's content.
        volumes.volume.subpath: The folder of the volume that is mounted.
        volumes.volume.labels: Metadata of a volume that is made for this mount.
        volumes.tmpfs: Options of a file system in memory.
        volumes.tmpfs.size: Its size in bytes. Default: the kernel's.
        volumes.tmpfs.mode: Its permission bits. Default: 1777.
        volumes.image: Options of an image that is mounted.
        volumes.image.subpath: The folder of the image that is mounted.
        volumes_from: Services or containers whose volumes it has too.
        tmpfs: Paths of file systems in memory, with options: `/run:size=64m,mode=755`.
        configs: Configs of the top level: names, or mappings.
        configs.source: The config's name.
        configs.target: The path in the container. Default: `/` and the name.
        configs.uid: The owner's number. Default: 0.
        configs.gid: The group's number. Default: 0.
        configs.mode: Permission bits. Default: 0444.
        secrets: Secrets of the top level: names, or mappings.
        secrets.source: The secret's name.
        secrets.target: The path in the container, relative to `/run/secrets`. Default: the name.
        secrets.uid: The owner's number. Default: 0.
        secrets.gid: The group's number. Default: 0.
        secrets.mode: Permission bits. Default: 0444.
        read_only: Whether the root file system can't be written to. Default: false.
        shm_size: The size of `/dev/shm`. Default: 64m.
        storage_opt: Options of the container's file system.
        devices: Devices of the host: `HOST[:CONTAINER[:rwm]]`, or mappings.
        devices.source: The path on the host.
        devices.target: The path in the container. Default: the same.
        devices.permissions: Of `r`, `w`, `m`. Default: all.
        """)

    static let lifecycle = Section(
        "services: lifecycle", at: "services.*",
        """
        depends_on: Services that come first: names, or mappings by name.
        depends_on.*.condition: What has to be true of the other before this one starts.
        depends_on.*.required: Whether the other has to exist. Default: true.
        depends_on.*.restart: Whether this one restarts after the other was updated. Default: false.
        healthcheck: How health is found out. Without it: the image's own.
        healthcheck.test: `[CMD, …]`, `[CMD-SHELL, …]`, `[NONE]`, or a string for the container's shell.
        healthcheck.interval: Between two probes. Polling starts at 5 ms and slows down to this. Default: 30s.
        healthcheck.timeout: After this a probe has failed. Default: 30s.
        healthcheck.retries: So many failures in a row make it unhealthy. Default: 3.
        healthcheck.start_period: Failures so soon after the start do not count. Default: 0s.
        healthcheck.start_interval: Between two probes in that time.
        healthcheck.disable: Whether there is no check, not even the image's.
        restart: Whether it starts again when it ends: `no`, `always`, `on-failure[:N]`, `unless-stopped`.
        post_start: Commands that are run in it after its start.
        post_start.command: The command.
        post_start.user: Who runs it.
        post_start.privileged: Whether with all capabilities.
        post_start.working_dir: Where.
        post_start.environment: Variables of the command.
        pre_stop: Commands that are run in it before it is stopped.
        pre_stop.command: The command.
        pre_stop.user: Who runs it.
        pre_stop.privileged: Whether with all capabilities.
        pre_stop.working_dir: Where.
        pre_stop.environment: Variables of the command.
        logging: Where its output goes.
        logging.driver: Who takes it.
        logging.options: Options of the driver.
        """)
}
