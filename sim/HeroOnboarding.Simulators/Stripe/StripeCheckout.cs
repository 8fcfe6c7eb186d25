namespace HeroOnboarding.Simulators.Stripe;

/// <summary>The actions of a payer on the hosted page, and of a user on the simulator's own pages.</summary>
internal static class StripeCheckout
{
    public static void Map(WebApplication app, StripeBook book, StripeWebhooks webhooks)
    {
        app.MapGet("/", () => StripeIndexPage.Result(book.Sessions, book.Events, webhooks));
        app.MapGet(
            "/pay/{id}",
            (string id) => book.Find(id) is { } session ? StripePages.Pay(session) : StripePages.Unknown()
        );
        app.MapPost("/pay/{id}", async (HttpContext http, string id) => Choose(book, id, await ChoiceAsync(http)));
        app.MapGet(
            "/money/{id}",
            (string id) => book.Find(id) is { } session ? StripePages.Money(session) : StripePages.Unknown()
        );
        app.MapPost("/money/{id}", async (HttpContext http, string id) => Move(book, id, await ChoiceAsync(http)));
        app.MapPost(
            "/expire/{id}",
            (string id) =>
            {
                book.Change(id, StripeEvent.Expired, session => session.Expired());
                return SeeOther("/");
            }
        );
        app.MapPost(
            "/deliver/{id}",
            async (string id) =>
            {
                if (webhooks.Url is not null && book.Events.FirstOrDefault(told => told.Id == id) is { } told)
                    await webhooks.DeliverAsync(told);
                return SeeOther("/");
            }
        );
    }

    private static IResult Choose(StripeBook book, string id, string choice)
    {
        if (book.Find(id) is not { } session)
            return StripePages.Unknown();
        var done = choice switch
        {
            StripePages.PayNow => book.Change(id, StripeEvent.Completed, it => it.Paid()),
            StripePages.PayLater => book.Change(id, StripeEvent.Completed, it => it.PaidLater()),
            _ => false,
        };
        if (done)
            return SeeOther(session.ReturnUrl);
        return choice == StripePages.GoBack && session.CancelUrl is { } back
            ? SeeOther(new Uri(back).AbsoluteUri)
            : SeeOther("/pay/" + session.Id);
    }

    private static IResult Move(StripeBook book, string id, string choice)
    {
        if (book.Find(id) is null)
            return StripePages.Unknown();
        if (choice == StripePages.Arrives)
            book.Change(id, StripeEvent.AsyncPaymentSucceeded, session => session.MoneyArrived());
        if (choice == StripePages.Fails)
            book.Change(id, StripeEvent.AsyncPaymentFailed, session => session.MoneyFailed());
        return SeeOther("/money/" + id);
    }

    private static async Task<string> ChoiceAsync(HttpContext http) =>
        http.Request.HasFormContentType
            ? (await http.Request.ReadFormAsync(http.RequestAborted))[StripePages.Choice].ToString()
            : "";

    private static SeeOtherResult SeeOther(string address) => new(address);

    private sealed record SeeOtherResult(string Address) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = Address;
            return Task.CompletedTask;
        }
    }
}
