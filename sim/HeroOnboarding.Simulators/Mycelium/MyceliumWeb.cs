namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>The pages for browsers: all nodes, and the messages of a node.</summary>
internal static class MyceliumWeb
{
    public static void Map(WebApplication app, MyceliumNetwork network)
    {
        app.MapGet("/", () => MyceliumPages.Index(network));
        app.MapGet(
            "/nodes/{name}",
            (string name) =>
                network.Find(name) is { } node
                    ? MyceliumPages.Node(node, network.Options.SignInTopic)
                    : MyceliumPages.Unknown()
        );
        app.MapPost("/nodes/{name}", (Delegate)((HttpContext http) => ReadAsync(http, network)));
    }

    private static async Task<IResult> ReadAsync(HttpContext http, MyceliumNetwork network)
    {
        if (network.Find(MyceliumApi.Route(http, "name")) is not { } node)
            return MyceliumPages.Unknown();
        if (!http.Request.HasFormContentType)
            return Results.BadRequest();
        var form = await http.Request.ReadFormAsync();
        node.Read(form["id"].ToString());
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = "/nodes/" + Uri.EscapeDataString(node.Name);
        return Results.Empty;
    }
}
