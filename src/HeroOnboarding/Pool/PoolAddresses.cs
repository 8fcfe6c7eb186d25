using System.Net;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// Machines of the pool are on the overlay too, and change hands: whoever held one could sign in as its next holder. So
/// no address in the /64 of
/// a machine is anybody's identity, listed or not.
/// </summary>
internal static class PoolAddresses
{
    public static async Task<bool> OwnAsync(OnboardingDb db, IPAddress address)
    {
        // Operators write addresses as they like, with zeros, capitals or brackets; those that have the first group
        // somewhere are few and are compared as addresses. It is never zero (400::/7).
        var like = "%" + address.ToString().Split(':')[0] + ":%";
        var written = await db
            .PoolVms.Where(vm =>
                EF.Functions.Like(vm.MyceliumIp!.ToLower(), like) || EF.Functions.Like(vm.Address!.ToLower(), like)
            )
            .Select(vm => new { vm.MyceliumIp, vm.Address })
            .ToListAsync();
        return written.Any(vm => Owns(vm.MyceliumIp, address) || Owns(vm.Address, address));
    }

    private static bool Owns(string? written, IPAddress address) =>
        MyceliumAddress.Read(written) is { } machine && MyceliumAddress.IsSameNode(machine, address);
}
