using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace HeroOnboarding.Simulators.Web;

/// <summary>
/// Keeps ASP.NET Core's data protection keys in memory, so that a simulator leaves no file in the home directory.
/// </summary>
internal sealed class ForgottenKeys : IXmlRepository
{
    private readonly Lock _gate = new();
    private readonly List<XElement> _keys = [];

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (_gate)
            return [.. _keys];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        lock (_gate)
            _keys.Add(element);
    }
}
