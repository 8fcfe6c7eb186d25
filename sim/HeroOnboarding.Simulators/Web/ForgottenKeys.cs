using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace HeroOnboarding.Simulators.Web;

/// <summary>
/// Keeps ASP.NET Core's data protection keys in memory, so that a simulator leaves no file in the home directory.
/// </summary>
internal sealed class ForgottenKeys : IXmlRepository
{
    private readonly Lock gate = new();
    private readonly List<XElement> keys = [];

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (gate)
            return [.. keys];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        lock (gate)
            keys.Add(element);
    }
}
