using HeroOnboarding.ApiClient;
using HeroOnboarding.ApiClient.Models;
using HeroOnboarding.Tests.Support;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;

namespace HeroOnboarding.Tests.Web;

/// <summary>
/// A client that Kiota generates from <c>docs/openapi.json</c> calls the portal: names, types and required members of
/// the description are those of the portal, for requests as well as for answers.
/// </summary>
public sealed class GeneratedClient
{
    /// <summary>Sends what the client builds as this browser, with the headers that a page or a program adds.</summary>
    private sealed class AsBrowser(Browser browser, string? secret) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            if (secret is not null)
                request.Headers.Add("X-Hero-Onboarding-Admin-Secret", secret);
            else if (request.Method != HttpMethod.Get)
                request.Headers.Add("Origin", Portal.Base.GetLeftPart(UriPartial.Authority));
            return (await browser.SendAsync(request)).Response;
        }
    }

    private static PortalClient Client(Browser browser, string? secret = null) =>
        new(
            new HttpClientRequestAdapter(
                new AnonymousAuthenticationProvider(),
                httpClient: new HttpClient(new AsBrowser(browser, secret))
            )
            {
                BaseUrl = Portal.Base.AbsoluteUri.TrimEnd('/'),
            }
        );

    [Fact]
    public async Task Takes_a_customer_from_verification_to_a_machine_and_back()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var operators = Client(portal.Browser(), Portal.AdminSecret);
        var asha = await portal.SignUpAsync("asha");
        var customer = Client(asha.Browser);

        await PrepareAsync(operators, asha.Sid);
        var bought = await customer.Plan.Buy.PostAsync(new() { PlanId = "vms-5", AcceptTerms = true });
        Assert.Equal("vms-5", bought!.PlanId);
        Assert.Equal("vms-5", (await customer.Plan.Current.GetAsync())!.PlanId);
        var renewing = await customer.Plan.AutoRenew.PostAsync(new() { On = true });
        Assert.True(renewing!.AutoRenew);
        var lease = await customer.Vm.Allocate.PostAsync(
            new(),
            asked => asked.Headers.Add("Idempotency-Key", "first-machine")
        );
        Assert.Equal((AllocationStatus.Active, "vm-1"), (lease!.Status, lease.PoolVmId));
        var over = await customer.Vm.Release.PostAsync(new() { AllocationSid = lease.Sid });
        Assert.Equal(AllocationStatus.Released, over!.Status);

        var kept = await operators.Admin.PoolVmQuarantine.PostAsync(new() { PoolVmId = "vm-1", Reason = "smells" });
        Assert.Equal("vm-1", kept!.PoolVmId);
        await operators.Admin.PoolVmReady.PostAsync(
            new()
            {
                PoolVmId = "vm-1",
                LeaseNumber = lease.LeaseNumber,
                LiftQuarantine = true,
            }
        );
        var machine = Assert.Single((await operators.Admin.ListPool.GetAsync())!.Rows!);
        Assert.Equal(PoolState.Free, machine.State);
    }

    /// <summary>One machine, and a customer who is verified and has credit.</summary>
    private static async Task PrepareAsync(PortalClient operators, string sid)
    {
        var refreshed = await operators.Admin.PoolRefresh.PostAsync(
            new()
            {
                Pool =
                [
                    new()
                    {
                        Id = "vm-1",
                        CockpitUrl = "https://vm-1.example.org/",
                        SshPort = 22,
                    },
                ],
            }
        );
        Assert.Equal((0, 1), (refreshed!.PrevPoolSize, refreshed.PoolSize));
        var verified = await operators.Admin.KycVerify.PostAsync(new() { UserSid = sid, Reason = "passport seen" });
        Assert.Equal(KycStatus.Completed, verified!.KycStatus);
        var credit = await operators.Admin.CreditAdjust.PostAsync(
            new()
            {
                UserSid = sid,
                AmountCents = 5000,
                Reason = "welcome",
            }
        );
        Assert.Equal(5000, credit!.CreditBalanceCents);
        var users = await operators.Admin.ListUsers.GetAsync(asked => asked.QueryParameters.Q = "asha");
        Assert.Equal(5000, Assert.Single(users!.Rows!).CreditBalanceCents);
    }

    [Fact]
    public async Task Gets_refusals_with_their_code()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        var customer = Client(asha.Browser);
        var refusal = await Assert.ThrowsAsync<HeroOnboarding.ApiClient.Models.Problem>(() =>
            customer.Vm.Allocate.PostAsync(new())
        );
        Assert.Equal((403, "kyc.required"), (refusal.Status, refusal.Code));
        refusal = await Assert.ThrowsAsync<HeroOnboarding.ApiClient.Models.Problem>(() =>
            Client(portal.Browser(), "wrong").Admin.ListUsers.GetAsync()
        );
        Assert.Equal((403, "admin.secret_wrong"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task Gives_owners_what_they_read_and_make()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var owners = Client(portal.Browser(), Portal.AdminSecret);
        var token = await owners.Admin.TokenCreate.PostAsync(
            new()
            {
                Name = "refresher",
                Scopes = "pool read",
                Days = 30,
            }
        );
        Assert.Equal(["pool", "read"], token!.Scopes!);
        var made = await owners.Admin.OperatorSet.PostAsync(
            new()
            {
                ForgeId = "12",
                Role = OperatorRole.Viewer,
                Login = "ben",
            }
        );
        Assert.Equal(OperatorRole.Viewer, made!.Role);
        var reader = Client(portal.Browser(), token.Token);
        Assert.Empty((await reader.Admin.ListAllocations.GetAsync())!.Rows!);
        Assert.Equal("Healthy", await reader.Health.GetAsync());
        Assert.Equal("hero_onboarding", (await reader.WellKnown.HeroserviceJson.GetAsync())!.Name);
    }
}
