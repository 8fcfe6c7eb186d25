namespace HeroOnboarding.Admin;

/// <summary>Operators' pages, their JSON, and the actions that belong to no other feature.</summary>
public static class AdminFeature
{
    public static void Add(IServiceCollection services)
    {
    }

    public static void Routes(IEndpointRouteBuilder app)
    {
    }
}
