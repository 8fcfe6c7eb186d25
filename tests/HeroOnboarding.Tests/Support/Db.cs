using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace HeroOnboarding.Tests.Support;

/// <summary>Which database a test runs on.</summary>
public enum Db
{
    Sqlite,
    Postgres,
}

/// <summary>Every store test runs on both databases; SQLite alone hides lost updates and double leases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BothDatabasesAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod,
        DisposalTracker disposalTracker
    ) => new([new TheoryDataRow<Db>(Db.Sqlite), new TheoryDataRow<Db>(Db.Postgres)]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
