using System.Net;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// The overlay addresses of pool machines. A machine changes hands: a customer could sign in as its next holder.
/// Therefore no address in the /64 of a machine, listed or not, can be an identity.
/// </summary>
internal static class PoolAddresses
{
    public static async Task<bool> OwnAsync(OnboardingDb db, IPAddress address)
    {
        // Operators write addresses in any spelling: with zeros, capitals or brackets. The query finds the few that
        // contain the first group, which is never zero (400::/7); these are compared as addresses.
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
