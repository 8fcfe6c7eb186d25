using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Simulators.Mycelium;
using HeroOnboarding.Tests.Kyc;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>One change of the store and the audit row that it must leave.</summary>
/// <param name="Act">The act of the audit row.</param>
/// <param name="Actor">The kind of actor of the audit row.</param>
/// <param name="Tell">Makes the change; returns the subject of the audit row.</param>
internal sealed record AuditChapter(string Act, string Actor, Func<Task<string?>> Tell);

/// <summary>
/// One customer's life that contains every audited act, in an order in which each is possible. The chapters stand in
/// one class per subject (<c>AuditStoryOf…</c>); they share the portal, the simulators and the customer.
/// </summary>
internal sealed class AuditStory : IAsyncDisposable
{
    private AuditStory(Credit.Paying payments, KycPortal verification, MyceliumSimulator mycelium)
    {
        (Payments, Verification, Mycelium) = (payments, verification, mycelium);
        var customers = new AuditStoryOfCustomers(this);
        Chapters =
        [
            .. customers.Chapters,
            .. new AuditStoryOfIdentities(this).Chapters,
            .. new AuditStoryOfPayments(this).Chapters,
            .. new AuditStoryOfOperators(this).Chapters,
            .. new AuditStoryOfPlans(this).Chapters,
            .. customers.EndsOfSessions,
            .. new AuditStoryOfMachines(this).Chapters,
        ];
    }

    public Credit.Paying Payments { get; }

    /// <summary>The same portal together with iDenfy.</summary>
    public KycPortal Verification { get; }
    public MyceliumSimulator Mycelium { get; }
    public Portal Portal => Payments.Portal;

    /// <summary>The browser of an operator.</summary>
    public Browser Operators { get; set; } = null!;

    /// <summary>The customer; a new session after each sign-in.</summary>
    public Customer Asha { get; set; } = null!;
    public IReadOnlyList<AuditChapter> Chapters { get; }

    public static async Task<AuditStory> StartAsync(Db db)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var idenfy = await IdenfySimulator.StartAsync(
            new IdenfyOptions { SigningKey = KycPortal.SigningKey, Time = clock }
        );
        var net = await MyceliumSimulator.StartAsync(new MyceliumOptions { Time = clock });
        var more = new Dictionary<string, string?>(KycPortal.More(idenfy))
        {
            ["MYCELIUM_API_URL"] = net.Portal.Address.ToString(),
        };
        var paying = await Credit.Paying.StartAsync(db, more, clock: clock, verified: false, pool: Portal.Machines(3));
        paying.Portal.Wire.Allow(net.Portal.Address);
        return new(paying, KycPortal.Beside(paying.Portal, idenfy), net);
    }

    public async ValueTask DisposeAsync()
    {
        Operators.Dispose();
        await Payments.DisposeAsync();
        await Verification.Idenfy.DisposeAsync();
        await Mycelium.DisposeAsync();
    }

    public AuditChapter SignIn() =>
        new("account.sign_in", "identity", async () => (Asha = await Portal.SignUpAsync("asha")).Sid);

    /// <summary>A request of the customer about the customer.</summary>
    public async Task<string?> AskAsync(string path, object body, int status)
    {
        (await Asha.PostAsync(path, body)).Expect(status);
        return Asha.Sid;
    }

    /// <summary>A request of a machine caller.</summary>
    /// <returns><paramref name="subject"/>.</returns>
    public async Task<string?> AdminAsync(string path, object body, string? subject)
    {
        var reply = await Portal.AdminPostAsync(path, body);
        Assert.True((int)reply.Status is 200 or 201, reply.Body);
        return subject;
    }

    public T Service<T>()
        where T : notnull => Portal.Services.GetRequiredService<T>();

    public static T Accepted<T>(Outcome<T> outcome)
    {
        Assert.False(outcome.IsRefused, outcome.IsRefused ? outcome.Refusal.Code : "");
        return outcome.Value;
    }
}
