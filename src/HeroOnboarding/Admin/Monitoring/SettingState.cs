using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>A setting as the page shows it, without the values of secrets and long texts.</summary>
/// <param name="State"><c>set</c>, <c>default</c> or <c>unset</c>.</param>
public sealed record SettingState(SettingDescription Description, string State, string? Value);

/// <summary>A provider's webhook as the page shows it.</summary>
/// <param name="Silence">
/// What is overdue, and since when verified calls have stopped; null when nothing is overdue.
/// </param>
public sealed record WebhookState(string Name, string Address, bool On, WebhookCalls Calls, string? Silence);
