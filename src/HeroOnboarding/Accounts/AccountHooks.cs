using System.Net;
using HeroOnboarding.Store;

namespace HeroOnboarding.Accounts;

/// <summary>
/// Called inside a unit that added credit to an account or verified its customer: queues the work that waited for it.
/// Registered by the feature that has such work.
/// </summary>
public delegate Task QueueWaiting(Unit unit, string accountSid);

/// <summary>
/// Called inside a unit that added or removed an identity of an account: notifies the receivers that identify the
/// holder of a machine by it.
/// </summary>
public delegate Task TellIdentities(Unit unit, Account account);

/// <summary>
/// True for an address of a pool machine. Such machines change hands, so the address cannot be an identity.
/// </summary>
public delegate Task<bool> IsMachineAddress(OnboardingDb db, IPAddress address);
