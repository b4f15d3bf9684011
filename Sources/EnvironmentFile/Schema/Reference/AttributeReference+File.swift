extension AttributeReference {
    static let file = Section(
        "The file", at: "",
        """
        version: Was the version of the format.
        name: The project's name: lower-case letters, digits, `-`, `_`. Default: the folder's name.
        include: Other Compose files that this one builds on.
        services: The services by name: letters, digits, `.`, `_`, `-`.
        networks: The networks by name. Without any, all services are on one network, `default`.
        volumes: The volumes that services share and that outlive a container, by name.
        configs: Files by name that services see, such as their configuration.
        secrets: Files by name that services see, below `/run/secrets`.
        models: Models of artificial intelligence by name.
        test: What `harness run` runs once every service is ready.
        """)

    static let test = Section(
        "test", at: "test",
        """
        command: The test: a list is run as it is, a string by `/bin/sh -c`. A command after `--` replaces it.
        on: `host` (default: on the host's files, in the environment's network), a service's name, or `image`.
        on.image: The image of a container of its own for the test.
        depends_on: Services to wait for besides those with `healthcheck` or `ready`, such as one-shots.
        depends_on.*.condition: What has to be true of the service.
        depends_on.*.required: Whether the service has to exist. Default: true.
        depends_on.*.restart: Has no meaning for a test.
        environment: Variables on top of those that every test sees. Without a value: the caller's.
        working_dir: Where it runs: a path of the host, or an absolute one in the container.
        timeout: After this the test has failed with exit code 124. Default: never.
        shards: How many copies of the environment run side by side, at least 1.
        matrix: Variables with lists of values: one run for each combination.
        artifacts: Patterns of files to collect when the test fails.
        """)

    static let networks = Section(
        "networks", at: "networks.*",
        """
        name: The network's own name. Default: the project's name, `_` and the key.
        external: The network exists outside of the environment.
        external.name: The old spelling of `name` with `external: true`.
        internal: Whether it has no way to the outside. Default: false.
        driver: How it is made.
        driver_opts: Options of the driver.
        ipam: How addresses are given out.
        ipam.driver: Who gives out addresses.
        ipam.config: Address ranges.
        ipam.config.subnet: The network in CIDR notation, such as `10.5.0.0/16`.
        ipam.config.ip_range: The part of the subnet from which addresses are given out.
        ipam.config.gateway: The address of the gateway.
        ipam.config.aux_addresses: Addresses by name that are not given out.
        ipam.options: Options of the address management.
        enable_ipv4: Whether containers get an IPv4 address. Default: true.
        enable_ipv6: Whether containers get an IPv6 address. Default: false.
        attachable: Whether other containers may join.
        labels: Metadata for people and tools.
        """)

    static let volumes = Section(
        "volumes", at: "volumes.*",
        """
        name: The name in the store. Default: the project's name, `_` and the key.
        external: The volume exists outside of the environment; it is neither made nor removed with it.
        external.name: The old spelling of `name` with `external: true`.
        driver: Who keeps it.
        driver_opts: Options of the driver.
        labels: Metadata for people and tools.
        """)

    static let configs = Section(
        "configs", at: "configs.*",
        """
        file: The file with the content; relative paths start from the project directory.
        content: The content itself. One of `file`, `content`, `environment` has to be given.
        environment: The variable that has the content.
        external: The config exists outside of the environment.
        external.name: The old spelling of `name` with `external: true`.
        name: The name in the store of an orchestrator.
        labels: Metadata for people and tools.
        template_driver: How the content is expanded.
        """)

    static let secrets = Section(
        "secrets", at: "secrets.*",
        """
        file: The file with the content; relative paths start from the project directory.
        environment: The variable that has the content. One of `file`, `environment` has to be given.
        external: The secret exists outside of the environment.
        external.name: The old spelling of `name` with `external: true`.
        name: The name in the store of an orchestrator.
        labels: Metadata for people and tools.
        driver: Who keeps it.
        driver_opts: Options of the driver.
        template_driver: How the content is expanded.
        """)

    static let models = Section(
        "models", at: "models.*",
        """
        model: The model's reference.
        name: Its name.
        context_size: How many tokens it looks at.
        runtime_flags: Arguments of the program that runs it.
        """)

    static let include = Section(
        "include", at: "include",
        """
        path: The file, or files to merge first.
        env_file: Files of variables instead of the `.env` beside it.
        project_directory: Where its relative paths start. Default: its own folder.
        """)
}
