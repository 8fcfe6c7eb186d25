namespace HeroOnboarding.Pool;

/// <summary>The SQL of a refresh, which compares the pool with the staged entries.</summary>
internal static class RefreshSql
{
    private const string Fields = "status, address, mycelium_ip, ssh_user, ssh_port, cockpit_url, node, labels";

    /// <summary>Writes entries given as one JSON array into the staging table; {0} refresh sid, {1} the JSON.</summary>
    public const string StageSqlite = """
        INSERT INTO pool_staging (refresh_sid, id, status, address, mycelium_ip, ssh_user, ssh_port, cockpit_url,
          node, labels, wiped_lease)
        SELECT {0}, value ->> 'id', value ->> 'status', value ->> 'address', value ->> 'mycelium_ip',
               value ->> 'ssh_user', value ->> 'ssh_port',
               value ->> 'cockpit_url', value ->> 'node', value ->> 'labels', value ->> 'wiped_lease'
        FROM json_each({1})
        """;

    /// <inheritdoc cref="StageSqlite"/>
    public const string StagePostgres = """
        INSERT INTO pool_staging (refresh_sid, id, status, address, mycelium_ip, ssh_user, ssh_port, cockpit_url,
          node, labels, wiped_lease)
        SELECT {0}, e.id, e.status, e.address, e.mycelium_ip, e.ssh_user, e.ssh_port, e.cockpit_url,
          e.node, e.labels, e.wiped_lease
        FROM json_to_recordset({1}::json) AS e(id text, status text, address text, mycelium_ip text, ssh_user text,
          ssh_port int, cockpit_url text, node text, labels text, wiped_lease bigint)
        """;

    public static readonly string Wiped = $$"""
        UPDATE pool_vms SET {{BecomeClean.Columns("{1}")}}, wiped_at = {1}, wiped_by = {2}, wiped_lease = lease_number
        FROM pool_staging s
        WHERE s.refresh_sid = {0} AND s.id = pool_vms.id AND s.wiped_lease = pool_vms.lease_number
          AND pool_vms.condition = 'recycling' AND pool_vms.allocation_sid IS NULL
        """;

    public const string Erased = """
        UPDATE vm_allocations SET erased_at = {1} FROM pool_staging s, pool_vms v
        WHERE s.refresh_sid = {0} AND v.id = s.id AND v.wiped_at = {1} AND v.wiped_lease = v.lease_number
          AND vm_allocations.pool_vm_id = v.id AND vm_allocations.lease_number = v.lease_number
          AND vm_allocations.erased_at IS NULL
        """;

    /// <summary>
    /// True when the refresh changes the address that probes use. Results of the old address are then discarded, good
    /// ones and misses.
    /// </summary>
    private const string ProbedElsewhere = """
        (s.address IS DISTINCT FROM pool_vms.address OR s.mycelium_ip IS DISTINCT FROM pool_vms.mycelium_ip
          OR s.ssh_port IS DISTINCT FROM pool_vms.ssh_port OR s.cockpit_url IS DISTINCT FROM pool_vms.cockpit_url)
        """;

    private const string Details = $"""
        address = s.address, mycelium_ip = s.mycelium_ip, ssh_user = s.ssh_user, ssh_port = s.ssh_port,
        cockpit_url = s.cockpit_url, node = s.node, labels = s.labels,
        proven = pool_vms.proven AND NOT {ProbedElsewhere},
        probe_misses = CASE WHEN {ProbedElsewhere} THEN 0 ELSE pool_vms.probe_misses END,
        probe_goods = CASE WHEN {ProbedElsewhere} THEN 0 ELSE pool_vms.probe_goods END
        """;

    private const string DetailsDiffer = """
        (s.address IS DISTINCT FROM pool_vms.address OR s.mycelium_ip IS DISTINCT FROM pool_vms.mycelium_ip
          OR s.ssh_user IS DISTINCT FROM pool_vms.ssh_user
          OR s.ssh_port IS DISTINCT FROM pool_vms.ssh_port OR s.cockpit_url IS DISTINCT FROM pool_vms.cockpit_url
          OR s.node IS DISTINCT FROM pool_vms.node OR s.labels IS DISTINCT FROM pool_vms.labels)
        """;

    public const string Differ = $"""
        SELECT CAST(count(*) AS int) AS "Value" FROM pool_staging s, pool_vms
        WHERE s.refresh_sid = {"{0}"} AND s.id = pool_vms.id AND (s.status <> pool_vms.status OR {DetailsDiffer})
        """;

    /// <summary>Never the status: the switch changes the set of available machines in one commit.</summary>
    public const string Ahead = $"""
        UPDATE pool_vms SET {Details} FROM pool_staging s
        WHERE s.refresh_sid = {"{0}"} AND s.id = pool_vms.id AND {DetailsDiffer}
        """;

    public const string Changed = $"""
        UPDATE pool_vms SET status = s.status, {Details} FROM pool_staging s
        WHERE s.refresh_sid = {"{0}"} AND s.id = pool_vms.id AND (s.status <> pool_vms.status OR {DetailsDiffer})
        """;

    public const string Relisted = """
        UPDATE pool_vms SET listed = true FROM pool_staging s
        WHERE s.refresh_sid = {0} AND s.id = pool_vms.id AND NOT pool_vms.listed
        """;

    public const string Added = $$"""
        INSERT INTO pool_vms (id, listed, condition, lease_number, free_since, created_at, {{Fields}})
        SELECT id, true, 'clean', 0, {1}, {1}, {{Fields}} FROM pool_staging s
        WHERE s.refresh_sid = {0} AND NOT EXISTS (SELECT 1 FROM pool_vms v WHERE v.id = s.id)
        """;

    public const string Removed = """
        UPDATE pool_vms SET listed = false
        WHERE listed AND NOT EXISTS (SELECT 1 FROM pool_staging s WHERE s.refresh_sid = {0} AND s.id = pool_vms.id)
        """;
}
