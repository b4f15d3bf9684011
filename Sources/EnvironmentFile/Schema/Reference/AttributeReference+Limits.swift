extension AttributeReference {
    static let isolation = Section(
        "services: isolation", at: "services.*",
        """
        cap_add: Capabilities besides the default ones, with or without `CAP_`; `ALL`.
        cap_drop: Capabilities that it does not have; `ALL`.
        privileged: Whether it has all capabilities and no filters. Default: false.
        security_opt: `no-new-privileges`, `seccomp:unconfined`, `seccomp:builtin`.
        sysctls: Settings of the kernel for its namespaces.
        cgroup: Whether it sees the host's control groups.
        cgroup_parent: The control group that it is put into.
        credential_spec: Credentials of a managed account of Windows.
        credential_spec.config: The config that has them.
        credential_spec.file: The file that has them.
        credential_spec.registry: The key of the registry that has them.
        device_cgroup_rules: Which devices it may use.
        group_add: Further groups of its user.
        ipc: The IPC namespace that it is in.
        pid: The PID namespace that it is in.
        uts: The UTS namespace that it is in.
        userns_mode: The user namespace that it is in.
        isolation: How containers are isolated on Windows.
        runtime: The runtime that makes the container.
        use_api_socket: Whether it may speak to the engine.
        """)

    static let resources = Section(
        "services: resources", at: "services.*",
        """
        mem_limit: Memory in bytes: `512m`, `2g`.
        mem_reservation: Memory that it is left when there is little.
        memswap_limit: Memory and swap together.
        mem_swappiness: How readily its memory is swapped out, 0 to 100.
        pids_limit: How many processes it may have; -1: any number.
        ulimits: Limits of getrlimit(2) by name: a number for both, or `soft` and `hard`.
        ulimits.*.soft: The limit that holds.
        ulimits.*.hard: What it may be raised to.
        oom_kill_disable: Whether it is not killed for want of memory.
        oom_score_adj: How readily it is killed for want of memory, -1000 to 1000.
        cpus: How many processors' time it may use: `0.5`.
        cpuset: The processors that it may run on: `0-3`, `0,1`.
        cpu_shares: Its weight among others that want processors. Default: 1024.
        cpu_period: The period of `cpu_quota` in microseconds.
        cpu_quota: How many microseconds of a period it may run.
        cpu_rt_period: The period of `cpu_rt_runtime`.
        cpu_rt_runtime: How long it may run with real-time priority in a period.
        cpu_count: How many processors it has on Windows.
        cpu_percent: How much of the processors it may use on Windows.
        gpus: Graphics processors: `all`, or mappings.
        gpus.capabilities: What they have to be capable of.
        gpus.count: How many.
        gpus.device_ids: Which ones.
        gpus.driver: Whose they are.
        gpus.options: Options of the driver.
        blkio_config: Limits of input and output on block devices.
        blkio_config.weight: Its weight among others, 10 to 1000.
        blkio_config.weight_device: Weights for single devices.
        blkio_config.weight_device.path: The device.
        blkio_config.weight_device.weight: The weight, 10 to 1000.
        blkio_config.device_read_bps: How many bytes a second are read.
        blkio_config.device_read_bps.path: The device.
        blkio_config.device_read_bps.rate: Bytes a second.
        blkio_config.device_read_iops: How many reads a second.
        blkio_config.device_read_iops.path: The device.
        blkio_config.device_read_iops.rate: Operations a second.
        blkio_config.device_write_bps: How many bytes a second are written.
        blkio_config.device_write_bps.path: The device.
        blkio_config.device_write_bps.rate: Bytes a second.
        blkio_config.device_write_iops: How many writes a second.
        blkio_config.device_write_iops.path: The device.
        blkio_config.device_write_iops.rate: Operations a second.
        """)

    static let network = Section(
        "services: network", at: "services.*",
        """
        ports: `[[ADDRESS:]PORT:]PORT[/udp]`, ranges, or mappings. On 127.0.0.1 unless an address is given.
        ports.target: The port in the container.
        ports.published: The port of the host, or a range to choose from. Default: a free one.
        ports.host_ip: The host's address. Default: 127.0.0.1.
        ports.protocol: `tcp` (default) or `udp`.
        ports.app_protocol: What is spoken on it.
        ports.mode: How it is published in a swarm.
        ports.name: A name for people.
        expose: Ports that others may reach, for information: all are reachable.
        networks: The networks it is on: names, or mappings by name. Default: `default`.
        networks.*.aliases: Further names that it has there.
        networks.*.ipv4_address: Its address there.
        networks.*.ipv6_address: Its IPv6 address there.
        networks.*.link_local_ips: Link-local addresses there.
        networks.*.mac_address: The hardware address there.
        networks.*.interface_name: The name of its interface.
        networks.*.driver_opts: Options of the network's driver.
        networks.*.priority: In which order it joins, the highest first.
        networks.*.gw_priority: Which network's gateway is the default one, the highest.
        network_mode: `none`, `host`, `service:NAME`: instead of networks.
        mac_address: Its hardware address.
        dns: Name servers.
        dns_opt: Options of the resolver.
        dns_search: Domains to search names in.
        domainname: The domain of its name.
        extra_hosts: Further lines of `/etc/hosts`: `NAME=ADDRESS`, or by name.
        links: Services under further names: `SERVICE[:ALIAS]`.
        external_links: Containers outside of the environment under further names.
        """)
}
