using System.Buffers.Binary;
using System.Text;
using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Vms;

namespace HeroOnboarding.Tests.Vms;

/// <summary>Each gate of a hand-out at its limit, and what an SSH key is.</summary>
public sealed class HandOutGates
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Each_gate_closes_at_its_border_and_in_its_order()
    {
        Assert.Null(Check());
        Assert.Equal(VmRefusals.ProvisionerUnavailable.Code, Check(registered: false));
        Assert.Null(Check(recent: 9));
        Assert.Equal(VmRefusals.AllocateTooOften.Code, Check(recent: 10, registered: false));
        Assert.Null(Check(p => p.Used = 4));
        Assert.Equal(VmRefusals.QuotaExhausted.Code, Check(p => p.Used = 5, recent: 10));
        Assert.Null(Check(p => p.PeriodEnd = Now));
        Assert.Equal(PlanRefusals.PlanRequired.Code, Check(p => (p.PeriodEnd, p.Used) = (Now.AddMicroseconds(-1), 5)));
        Assert.Equal(PlanRefusals.PlanRequired.Code, Check(p => p.State = PurchaseState.Ended));
        void Unverified(Account account) => account.KycStatus = KycStatus.Expired;
        Assert.Equal(AccountRefusals.KycRequired.Code, Check(p => p.State = PurchaseState.Ended, account: Unverified));
        Assert.Equal(
            AccountRefusals.AccountSuspended.Code,
            Check(account: a =>
            {
                Unverified(a);
                a.SuspendedAt = Now;
            })
        );
    }

    [Fact]
    public void Who_started_too_many_reads_when_the_oldest_that_counts_is_a_day_old()
    {
        var refused = Eligibility.Check(Standing(recent: 10, oldest: Now.AddHours(-23)), Now)!;
        Assert.Equal(TimeSpan.FromHours(1), refused.RetryAfter);
        Assert.Contains("can be started at 28 Nov 2026, 13:00 UTC.", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_one_line_of_a_known_type_whose_blob_repeats_the_type()
    {
        var good = Key("ssh-ed25519");
        string[] keys =
        [
            good,
            $"  {good}\n",
            good + " asha@laptop",
            Key("ecdsa-sha2-nistp256"),
            Key("ssh-ed25519", 13),
        ];
        foreach (var text in keys)
        {
            Assert.True(SshPublicKey.TryRead(text, out var key), text);
            Assert.Equal(text.Trim().Split(' ')[..2], key!.Split(' ')[..2]);
        }
        foreach (var nothing in new[] { null, "", " \n" })
        {
            Assert.True(SshPublicKey.TryRead(nothing, out var key));
            Assert.Null(key);
        }
    }

    [Fact]
    public void Anything_else_is_no_key()
    {
        var good = Key("ssh-ed25519");
        var fits = good + " " + new string('x', 8192 - good.Length - 1);
        Assert.True(SshPublicKey.TryRead(fits, out _));
        foreach (
            var text in new[]
            {
                fits + "x",
                "ssh-ed25519",
                good[12..],
                Key("ssh-dss"),
                Key("ssh-rsa", 5),
                "ssh-rsa " + good[12..],
                "ssh-ed25519 not-base64",
                "ssh-ed25519 AAAA",
                "ssh-ed25519 " + Convert.ToBase64String(new byte[40]),
                good.Replace(' ', '\t'),
                good + "\nssh-rsa AAAA",
                "-----BEGIN OPENSSH PRIVATE KEY-----",
            }
        )
            Assert.False(SshPublicKey.TryRead(text, out _), text);
    }

    private static string? Check(
        Action<Purchase>? plan = null,
        Action<Account>? account = null,
        int recent = 0,
        bool registered = true
    ) => Eligibility.Check(Standing(plan, account, recent, Now, registered), Now)?.Code;

    private static EligibilityInput Standing(
        Action<Purchase>? plan = null,
        Action<Account>? account = null,
        int recent = 0,
        DateTimeOffset? oldest = null,
        bool registered = true
    )
    {
        var who = new Account { Sid = "a", KycStatus = KycStatus.Completed };
        account?.Invoke(who);
        var end = Now.AddDays(1);
        var purchase = new Purchase
        {
            Sid = "p",
            AccountSid = "a",
            PlanId = "vms-5",
            VmCount = 5,
            PeriodEnd = end,
        };
        plan?.Invoke(purchase);
        return new EligibilityInput(who, purchase, recent, oldest, 2, registered);
    }

    /// <summary>A line in the form of RFC 4253: the blob is the type with its length in front, then the key.</summary>
    private static string Key(string type, int more = 36)
    {
        var blob = new byte[4 + type.Length + more];
        BinaryPrimitives.WriteInt32BigEndian(blob, type.Length);
        Encoding.ASCII.GetBytes(type, blob.AsSpan(4));
        return $"{type} {Convert.ToBase64String(blob)}";
    }
}
