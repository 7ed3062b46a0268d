import { isNamed, type NamePatterns } from './pattern.ts';

/** Does the name of a flag say what a person says of himself: that he sells, performs, hosts? Nobody has to grant that. */
export function isSelfDescription(name: string): boolean {
  return isNamed(name, SELF_DESCRIPTIONS);
}

const SELF_DESCRIPTIONS: NamePatterns = [
  ...['seller', 'vendor', 'provider', 'freelancer', 'performer', 'producer', 'artist', 'musician', 'creator'],
  ...['author', 'writer', 'host', 'organizer', 'organiser', 'promoter', 'mentor', 'mentee', 'tutor', 'coach'],
  ...['buyer', 'shopper', 'customer', 'client', 'landlord', 'tenant', 'renter', 'worker', 'employer', 'recruiter'],
  ...['candidate', 'volunteer', 'donor', 'traveler', 'traveller', 'rider', 'player', 'photographer', 'model', 'cook'],
].flatMap((each) => [`is_${each}`, `is_a_${each}`]);
