using System.Net;
using HeroOnboarding.Store;

namespace HeroOnboarding.Accounts;

/// <summary>
/// Inside a unit that added credit to an account or verified its person: queues what waited for that. Registered by
/// the feature that has something waiting.
/// </summary>
public delegate Task QueueWaiting(Unit unit, string accountSid);

/// <summary>
/// Inside a unit that added or removed an identity of an account: tells whoever knows its machines by their holder.
/// </summary>
public delegate Task TellIdentities(Unit unit, Account account);

/// <summary>
/// True for an address of a machine that is handed out here: such machines change hands, so it is nobody's identity.
/// </summary>
public delegate Task<bool> IsMachineAddress(OnboardingDb db, IPAddress address);
